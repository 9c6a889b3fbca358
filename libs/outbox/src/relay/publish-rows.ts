import { type ConfirmPublisher, encodeEnvelope, messageProperties, UnpublishableError } from '#messaging';
import type { OnOutcome } from './in-flight.js';
import type { PendingRow } from './relay-session.js';

/** Largest body that consumers accept, in bytes. */
const BODY_BYTES_MAX = 256 * 1024;

/** How {@link publishRows} reaches the broker, and when it stops. */
export interface PublishContext {
  readonly publisher: ConfirmPublisher;
  /** Broker user that `publisher` is logged in as. */
  readonly brokerUser: string;
  /** Rows that are sent and not yet confirmed, at most. */
  readonly sentMax: number;
  /** Whether the lock may be another relay's by now: no further row is published. */
  readonly isLost: () => boolean;
}

/**
 * Publishes rows of one slot: different subjects concurrently, the rows of one subject one confirm after the other. Reports
 * the outcome of each row that was sent. After a failed row nothing more is sent, because all rows of a slot are routed to
 * the same queues. A row that no broker can take stops only its subject. Never rejects.
 */
export async function publishRows(
  rows: readonly PendingRow[],
  context: PublishContext,
  onOutcome: OnOutcome,
): Promise<void> {
  const subjects = groupBy(rows, ({ subject }) => subject).values();
  let hasFailed = false;
  /** One confirm after the other. */
  const publishSubject = async (subjectRows: readonly PendingRow[]): Promise<void> => {
    for (const row of subjectRows) {
      if (hasFailed || context.isLost()) return;
      const sentAtMs = performance.now();
      const error = await publishRow(row, context);
      onOutcome(row, error, sentAtMs);
      hasFailed ||= error !== undefined && !(error instanceof UnpublishableError);
      if (error) return;
    }
  };
  const publishSubjects = async (): Promise<void> => {
    for (const subjectRows of subjects) await publishSubject(subjectRows); // `subjects` is shared
  };
  const concurrency = Math.min(context.sentMax, rows.length);
  await Promise.all(Array.from({ length: concurrency }, publishSubjects));
}

/** Resolves to undefined after the confirm, otherwise to the error that a later attempt or an operator must resolve. */
async function publishRow(
  row: PendingRow,
  { publisher, brokerUser }: PublishContext,
): Promise<Error | undefined> {
  const body = encodeEnvelope(row);
  if (body.length > BODY_BYTES_MAX)
    return new UnpublishableError(`${body.length} bytes, more than ${BODY_BYTES_MAX}`);
  const { exchange, routingKey } = row;
  try {
    await publisher.publish({
      exchange,
      routingKey,
      body,
      properties: messageProperties(row, brokerUser),
      parent: row,
    });
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** Seconds from the insert of each row until now. At least 0: the clock of the database may differ. */
export function publishLags(rows: readonly PendingRow[]): number[] {
  const nowMs = Date.now();
  return rows.map(({ occurredAt }) => Math.max(0, nowMs - occurredAt.getTime()) / 1_000);
}

/** Rows by a key, in order. */
export function groupBy<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}
