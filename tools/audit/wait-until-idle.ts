import { setTimeout as delay } from 'node:timers/promises';
import { services, type Subscription, subscriptions } from '#contracts';
import { countMessages } from './broker.js';
import type { Snapshot } from './snapshot.js';
import { type AuditSources, type Snapshots, withSnapshots } from './sources.js';
import type { TranslatedText } from './translated-text.js';

/** Whether the shop is idle, and its pending work. */
export interface IdleStatus {
  readonly isIdle: boolean;
  /** Descriptions of pending work; empty when idle. */
  readonly pending: readonly TranslatedText[];
  /** Sources that were not checked, and why. */
  readonly unchecked: readonly TranslatedText[];
  readonly waitedMs: number;
}

const CHECK_INTERVAL_MS = 250;

/**
 * Waits until the shop is idle: every order has ended or awaits an operator, every event is published or parked, every
 * gateway operation is complete, all subscribers have handled the newest events, no dead letter awaits its replay, and
 * the queues are empty. Checks at least once, so a timeout of 0 returns the current status.
 *
 * @throws SourceUnavailableError when a configured source is unavailable
 */
export async function waitUntilIdle(sources: AuditSources, timeoutMs: number): Promise<IdleStatus> {
  const startedAt = Date.now();
  for (;;) {
    const { pending, unchecked } = await readIdleStatus(sources);
    const waitedMs = Date.now() - startedAt;
    if (pending.length === 0 || waitedMs >= timeoutMs) {
      return { isIdle: pending.length === 0, pending, unchecked, waitedMs };
    }
    await delay(Math.min(CHECK_INTERVAL_MS, timeoutMs - waitedMs));
  }
}

async function readIdleStatus(sources: AuditSources): Promise<Pick<IdleStatus, 'pending' | 'unchecked'>> {
  const inDatabases = await withSnapshots(sources, async (snapshots) => [
    ...(await pendingOrders(snapshots)),
    ...(await unpublishedEvents(snapshots)),
    ...(await pendingGatewayRequests(snapshots)),
    ...(await unhandledEvents(snapshots)),
    ...(await replayingDeadLetters(snapshots)),
  ]);
  if (sources.broker === undefined) {
    return {
      pending: inDatabases,
      unchecked: [{ en: 'the queues (no broker URL)', zh: '队列（未给出 RabbitMQ 地址）' }],
    };
  }
  const { queues, isComplete } = await countMessages(sources.broker);
  const inQueues = [...queues]
    .filter(([, messages]) => messages > 0)
    .map(([queue, messages]) => ({
      en: `messages in ${queue}: ${messages}`,
      zh: `队列 ${queue} 中的消息：${messages}`,
    }));
  const unchecked = isComplete ? [] : [ONLY_READY];
  return { pending: [...inDatabases, ...inQueues], unchecked };
}

const ONLY_READY: TranslatedText = {
  en: 'messages delivered and not yet acknowledged (no management URL)',
  zh: '已投递但未确认的消息（未给出管理地址）',
};

async function pendingOrders({ order }: Snapshots): Promise<TranslatedText[]> {
  const rows = await order.rows<{ status: string; count: number; oldest: Date }>(
    `SELECT status, count(*), min(placed_at) AS oldest
     FROM orders
     WHERE status NOT IN ('completed', 'cancelled')
       AND NOT (status = 'cancelling' AND payment = 'refund_failed' AND stock IN ('rejected', 'released', 'restocked'))
     GROUP BY status
     ORDER BY status`,
  );
  return rows.map(({ status, count, oldest }) => ({
    en: `orders in ${status}: ${count}, the oldest placed at ${oldest.toISOString()}`,
    zh: `处于 ${status} 的订单：${count}，最早下单于 ${oldest.toISOString()}`,
  }));
}

/** Excludes parked events, and later events of the same subject, which wait for them. */
async function unpublishedEvents(snapshots: Snapshots): Promise<TranslatedText[]> {
  const found: TranslatedText[] = [];
  for (const service of services) {
    const count = await queryCount(
      snapshots[service],
      `SELECT count(*) FROM outbox
       WHERE published_at IS NULL AND parked_at IS NULL
         AND subject NOT IN (SELECT subject FROM outbox WHERE parked_at IS NOT NULL)`,
    );
    if (count === 0) continue;
    found.push({
      en: `unpublished events of ${service}: ${count}`,
      zh: `${service} 未发布的事件：${count}`,
    });
  }
  return found;
}

async function pendingGatewayRequests({ payment }: Snapshots): Promise<TranslatedText[]> {
  const count = await queryCount(
    payment,
    'SELECT count(*) FROM gateway_operations WHERE completed_at IS NULL',
  );
  if (count === 0) return [];
  return [{ en: `pending gateway operations: ${count}`, zh: `未完成的网关操作：${count}` }];
}

const NEWEST_MAX = 2_000;

const NEWEST = `
  SELECT id::text AS id
  FROM outbox
  WHERE position > (SELECT max(position) FROM outbox) - ${NEWEST_MAX}
    AND published_at > now() - interval '1 hour' AND type = ANY ($1::text[])`;

const UNHANDLED = `
  SELECT count(*)
  FROM unnest($2::text[]) AS newest (id)
  WHERE NOT EXISTS (SELECT FROM inbox AS i WHERE i.consumer = $1 AND i.message_id = newest.id::uuid)
    AND NOT EXISTS (
      SELECT FROM dead_letters AS d
      WHERE starts_with(d.queue, $1 || '.') AND d.message_id = newest.id AND d.status <> 'replayed'
    )`;

/**
 * Counts the newest published events that a subscriber has not handled: after an order has ended, a message without
 * effect can still be queued. Messages are handled approximately in publish order, so the newest suffice, and no
 * broker is needed. Older events are not awaited: a lost one would never be handled, and Q5 reports it.
 */
async function unhandledEvents(snapshots: Snapshots): Promise<TranslatedText[]> {
  const found: TranslatedText[] = [];
  for (const subscription of subscriptions) {
    const count = await countUnhandledBy(snapshots, subscription);
    if (count === 0) continue;
    const { consumer } = subscription;
    found.push({
      en: `newest events not yet handled by ${consumer}: ${count}`,
      zh: `${consumer} 尚未处理的最新事件：${count}`,
    });
  }
  return found;
}

async function countUnhandledBy(
  snapshots: Snapshots,
  { consumer, service, events }: Subscription,
): Promise<number> {
  const types = events.map(({ type }) => type);
  const ids: string[] = [];
  for (const producer of new Set(events.map((event) => event.producer))) {
    const rows = await snapshots[producer].rows<{ id: string }>(NEWEST, [types]);
    ids.push(...rows.map(({ id }) => id));
  }
  return queryCount(snapshots[service], UNHANDLED, [consumer, ids]);
}

/** Dead letters that an operator has replayed and that are not published yet. */
async function replayingDeadLetters(snapshots: Snapshots): Promise<TranslatedText[]> {
  const found: TranslatedText[] = [];
  for (const service of services) {
    const sql = `SELECT count(*) FROM dead_letters WHERE status = 'replaying'`;
    const count = await queryCount(snapshots[service], sql);
    if (count === 0) continue;
    found.push({
      en: `dead letters of ${service} being replayed: ${count}`,
      zh: `${service} 正在重放的死信：${count}`,
    });
  }
  return found;
}

async function queryCount(snapshot: Snapshot, sql: string, values?: readonly unknown[]): Promise<number> {
  const [row] = await snapshot.rows<{ count: number }>(sql, values);
  return row?.count ?? 0;
}
