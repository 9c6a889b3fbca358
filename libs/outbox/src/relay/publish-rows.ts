import { type ConfirmPublisher, encodeEnvelope, messageProperties, UnpublishableError } from '#messaging';
import type { PublishResult } from './in-flight.js';
import type { PendingRow } from './relay-session.js';

/** Largest body that consumers accept, in bytes. */
const BODY_BYTES_MAX = 256 * 1024;

/** How {@link publishRows} reaches the broker, and when it stops. */
export interface PublishContext {
  readonly publisher: ConfirmPublisher;
  /** Broker user that `publisher` is logged in as. */
  readonly brokerUser: string;
  /** Whether the lock may be another relay's by now: no further row is published. */
  readonly isLost: () => boolean;
}

/**
 * Publishes rows: different subjects concurrently, the rows of one subject one confirm after the other. After a failed
 * row the later rows of its subject are not published. Never rejects.
 */
export async function publishRows(
  rows: readonly PendingRow[],
  context: PublishContext,
): Promise<PublishResult> {
  const result: PublishResult = { confirmed: [], failed: [] };
  const publishSubject = async (subjectRows: readonly PendingRow[]): Promise<void> => {
    for (const row of subjectRows) {
      if (context.isLost()) return;
      const error = await publishRow(row, context);
      if (error) return void result.failed.push({ row, error });
      result.confirmed.push(row);
    }
  };
  await Promise.all([...groupBySubject(rows).values()].map(publishSubject));
  return result;
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
    await publisher.publish({ exchange, routingKey, body, properties: messageProperties(row, brokerUser) });
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

/** Rows by subject, in order; most subjects have one. */
function groupBySubject(rows: readonly PendingRow[]): Map<string, PendingRow[]> {
  const groups = new Map<string, PendingRow[]>();
  for (const row of rows) {
    const group = groups.get(row.subject);
    if (group) group.push(row);
    else groups.set(row.subject, [row]);
  }
  return groups;
}
