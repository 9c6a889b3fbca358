import { type Service, subscriptions } from '#contracts';
import type { Database } from '#database';
import { partitionForSlot, partitionQueue, slotForKey } from '#messaging';
import type { Delivery, OrderTrace, TraceMessage } from '../../protocol-records.js';
import type { SourceProblem } from '../../protocol.js';
import { type Databases, describeError } from '../databases.js';
import { databaseSources } from '../live/service-records.js';
import {
  type ClaimRow,
  type DeadLetterOfMessage,
  findClaimRows,
  findDeadLettersOf,
  findOperations,
  findOrderRecord,
  findOutboxRows,
  findPayment,
  findReservation,
  type OperationRow,
  type OrderRecord,
  type OutboxRow,
  type StatusRow,
} from './trace-queries.js';

/** The records of one order in all services that can be read. */
interface OrderRecords {
  readonly order: OrderRecord;
  readonly rows: readonly OutboxRow[];
  readonly claims: readonly ClaimRow[];
  readonly deadLetters: readonly DeadLetterOfMessage[];
  readonly operations: readonly OperationRow[];
  readonly payment: StatusRow | undefined;
  readonly reservation: StatusRow | undefined;
  readonly problems: readonly SourceProblem[];
}

/**
 * Reads everything that the services store about one order. A service that cannot be read is named in `problems`.
 *
 * @returns undefined when no order has this id
 * @throws SourceUnavailableError when the database of order is unavailable
 */
export async function readOrderTrace(
  databases: Databases,
  partitions: number,
  orderId: string,
): Promise<OrderTrace | undefined> {
  const records = await readRecords(databases, orderId);
  return records && toTrace(records, partitions);
}

/** The outbox row of one message of an order; undefined when it has been pruned, or is no message of the order. */
export async function findMessageRow(
  databases: Databases,
  orderId: string,
  messageId: string,
): Promise<OutboxRow | undefined> {
  const { items } = await databases.readFromEach((database) =>
    findOutboxRows(database, orderId, (rows) => rows.some(({ id }) => id === messageId)),
  );
  return items.find(({ id }) => id === messageId);
}

async function readRecords(databases: Databases, orderId: string): Promise<OrderRecords | undefined> {
  const orderDatabase = await databases.open('order');
  const order = await findOrderRecord(orderDatabase, orderId);
  if (!order) return undefined;
  const problems = new Map<Service, string>();
  const tryRead = <Result>(service: Service, read: (database: Database) => Promise<Result>) =>
    databases
      .open(service)
      .then(read)
      .catch((error: unknown) => void problems.set(service, describeError(error)));
  const outboxes = await databases.readFromEach((database, service) =>
    findOutboxRows(database, orderId, (rows) =>
      service === 'order' ? rows.some(({ sequence }) => sequence === 1) : rows.length > 0,
    ),
  );
  const ids = outboxes.items.map(({ id }) => id);
  const [claims, deadLetters, operations, payment, reservation] = await Promise.all([
    databases.readFromEach((database, service) => findClaimRows(database, consumersOf(service), ids)),
    databases.readFromEach((database) => findDeadLettersOf(database, ids)),
    tryRead('payment', (database) => findOperations(database, orderId)),
    tryRead('payment', (database) => findPayment(database, orderId)),
    tryRead('inventory', (database) => findReservation(database, orderId)),
  ]);
  for (const found of [outboxes, claims, deadLetters])
    for (const [service, problem] of found.problems) problems.set(service, problem);
  return {
    order,
    rows: outboxes.items.toSorted((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime()),
    claims: claims.items,
    deadLetters: deadLetters.items,
    operations: operations ?? [],
    payment: payment ?? undefined,
    reservation: reservation ?? undefined,
    problems: [...problems].map(([service, problem]) => ({
      source: databaseSources[service],
      problem,
      since: Date.now(),
    })),
  };
}

function toTrace(records: OrderRecords, partitions: number): OrderTrace {
  const { order, rows, operations, payment, reservation, problems } = records;
  const { transitions, lines, ...rest } = order;
  const items = (language: 'en' | 'zh'): string =>
    lines.map(({ quantity, name }) => `${quantity} × ${name[language]}`).join(' + ');
  return {
    order: {
      ...rest,
      lines,
      items: { en: items('en'), zh: items('zh') },
      placedAt: order.placedAt.getTime(),
      deadlineAt: order.deadlineAt.getTime(),
      ms: order.updatedAt.getTime() - order.placedAt.getTime(),
    },
    shortages: findShortages(rows),
    refusal: payment?.refusal ?? null,
    transitions,
    messages: rows.map((row) => toMessage(row, records, partitions)),
    gateway: operations.map((operation) => ({
      ...operation,
      createdAt: operation.createdAt.getTime(),
      completedAt: operation.completedAt?.getTime() ?? null,
      parkedAt: operation.parkedAt?.getTime() ?? null,
    })),
    reservation: toStatus(reservation),
    paymentRow: toStatus(payment),
    problems,
  };
}

function toMessage(row: OutboxRow, { claims, deadLetters }: OrderRecords, partitions: number): TraceMessage {
  const {
    data: _data,
    subject,
    correlationId: _correlationId,
    occurredAt,
    publishedAt,
    parkedAt,
    ...fields
  } = row;
  return {
    ...fields,
    occurredAt: occurredAt.getTime(),
    publishedAt: publishedAt?.getTime() ?? null,
    parkedAt: parkedAt?.getTime() ?? null,
    deliveries: subscriptions
      .filter(({ events }) => events.some(({ type }) => type === row.type))
      .map(({ consumer, service }): Delivery => {
        const queue = partitionQueue(consumer, partitionForSlot(slotForKey(subject), partitions));
        const claim = claims.find((one) => one.consumer === consumer && one.messageId === row.id);
        const letter = deadLetters.find((one) => one.queue === queue && one.messageId === row.id);
        return {
          consumer,
          service,
          queue,
          claimedAt: claim?.claimedAt.getTime() ?? null,
          outcome: claim?.outcome ?? null,
          deadLetter: letter
            ? { id: letter.id, status: letter.status, error: letter.error, at: letter.lastFailedAt.getTime() }
            : null,
        };
      }),
  };
}

/** The shortages of `stock.rejected`, the event that says why inventory held no goods. */
function findShortages(rows: readonly OutboxRow[]): OrderTrace['shortages'] {
  const rejected = rows.find(({ type }) => type.startsWith('stock.rejected.'));
  if (!rejected) return [];
  return (JSON.parse(rejected.data) as Pick<OrderTrace, 'shortages'>).shortages;
}

function toStatus(row: StatusRow | undefined): { readonly status: string; readonly at: number } | null {
  return row ? { status: row.status, at: row.at.getTime() } : null;
}

function consumersOf(service: Service): string[] {
  return subscriptions
    .filter((subscription) => subscription.service === service)
    .map(({ consumer }) => consumer);
}
