/**
 * - `open`: waits for an operator.
 * - `replaying`: an operator asked for a replay; the {@link Replayer} of its service has not published it yet.
 * - `replayed`: the broker confirmed the replay, and the message has not failed since.
 * - `discarded`: an operator decided that the message needs no handling.
 */
export type DeadLetterStatus = 'open' | 'replaying' | 'replayed' | 'discarded';

/** Every {@link DeadLetterStatus}, as the check of the column lists them. */
export const deadLetterStatuses: readonly DeadLetterStatus[] = ['open', 'replaying', 'replayed', 'discarded'];

/** Selects dead letters. Criteria are combined with AND; an absent one matches every dead letter. */
export interface DeadLetterFilter {
  readonly ids?: readonly string[] | undefined;
  readonly status?: readonly DeadLetterStatus[] | undefined;
  /** Consumers whose queues delivered the message, for example `inventory.order-processing`. */
  readonly consumers?: readonly string[] | undefined;
  /** The stable code of the failure, for example `invalid_data`. */
  readonly failureReason?: string | undefined;
  /** A part of the error message; upper and lower case match. */
  readonly error?: string | undefined;
  /** An event with or without its version: `order.placed`, `order.placed.v1`. */
  readonly type?: string | undefined;
  /** Searched in the bytes of the body, so it also finds bodies that are no valid event. */
  readonly orderId?: string | undefined;
  /** The last failure was at this instant or later. */
  readonly since?: Date | undefined;
  /** The last failure was before this instant. */
  readonly until?: Date | undefined;
  /** The key of a group, as {@link groupDeadLetters} returns it. */
  readonly cause?: string | undefined;
}

/** SQL: the error message with ids and numbers replaced, so that repetitions of one error are equal. */
export const PATTERN = `regexp_replace(
  regexp_replace(error, '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', '…', 'gi'), '\\d+', 'N', 'g')`;

/** SQL: the key of a group, 8 hexadecimal digits, short enough to type. */
export const CAUSE = `left(md5(concat_ws(' ', failure_reason, type, ${PATTERN})), 8)`;

/** SQL: the condition of a filter over the parameters $1 to $10, which {@link filterValues} returns. */
export const MATCHES = `
  ($1::uuid[] IS NULL OR id = ANY ($1))
  AND ($2::text[] IS NULL OR status = ANY ($2))
  AND ($3::text[] IS NULL OR EXISTS (SELECT FROM unnest($3) AS consumer WHERE starts_with(queue, consumer || '.')))
  AND ($4::text IS NULL OR failure_reason = $4)
  AND ($5::text IS NULL OR strpos(lower(error), lower($5)) > 0)
  AND ($6::text IS NULL OR type = $6 OR regexp_replace(type, '[.]v[0-9]+$', '') = $6)
  AND ($7::text IS NULL OR position(convert_to($7, 'UTF8') IN body) > 0)
  AND ($8::timestamptz IS NULL OR last_failed_at >= $8)
  AND ($9::timestamptz IS NULL OR last_failed_at < $9)
  AND ($10::text IS NULL OR ${CAUSE} = $10)`;

/** The parameters $1 to $10 of {@link MATCHES}. A statement may add parameters after them. */
export function filterValues(filter: DeadLetterFilter): unknown[] {
  const { ids, status, consumers, failureReason, error, type, orderId, since, until, cause } = filter;
  const values = [ids, status, consumers, failureReason, error, type, orderId, since, until, cause];
  return values.map((value) => value ?? null);
}
