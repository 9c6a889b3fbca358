import type { DeadLetterStatus } from './status.js';

/** Which dead letters are meant; what is left out narrows nothing. */
export interface DeadLetterFilter {
  readonly ids?: readonly string[] | undefined;
  readonly status?: readonly DeadLetterStatus[] | undefined;
  /** Consumers whose queues they are from, such as `inventory.order-processing`. */
  readonly consumers?: readonly string[] | undefined;
  /** The stable word for why, such as `invalid_data`. */
  readonly failureReason?: string | undefined;
  /** A part of the error, in any case. */
  readonly error?: string | undefined;
  /** An event with or without its version: `order.placed`, `order.placed.v1`. */
  readonly type?: string | undefined;
  /** Found in the bytes, so also in what is no event. */
  readonly orderId?: string | undefined;
  /** When it failed last. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** A group's key, as {@link groupDeadLetters} tells it. */
  readonly cause?: string | undefined;
}

/** The error without what differs from one occurrence to the next: ids and numbers. */
export const PATTERN = `regexp_replace(
  regexp_replace(error, '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', '…', 'gi'), '\\d+', 'N', 'g')`;

/** Names a cause shortly enough to be typed. */
export const CAUSE = `left(md5(concat_ws(' ', failure_reason, type, ${PATTERN})), 8)`;

/** The condition of a filter, in the parameters $1 to $10; see {@link filterValues}. */
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

/** The parameters that {@link MATCHES} wants; others may follow. */
export function filterValues(filter: DeadLetterFilter): unknown[] {
  const { ids, status, consumers, failureReason, error, type, orderId, since, until, cause } = filter;
  const values = [ids, status, consumers, failureReason, error, type, orderId, since, until, cause];
  return values.map((value) => value ?? null);
}
