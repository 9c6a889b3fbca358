import { type Service, type Subscription, subscriptions } from '#contracts';
import { mergeByKey, type Pages } from '../merge-join.js';
import type { Findings } from '../report.js';
import type { Snapshot } from '../snapshot.js';
import type { Snapshots } from '../sources.js';
import type { TranslatedText } from '../translated-text.js';
import type { Invariant } from './invariant.js';

const problems = {
  lost: { en: 'published, but neither claimed nor a dead letter', zh: '已发布，但既未被认领也不在死信中' },
  notInOutbox: { en: 'claimed, but in no outbox', zh: '已被认领，但不在任何发件箱中' },
} satisfies Record<string, TranslatedText>;

interface Published {
  readonly key: string;
  readonly type: string;
  readonly subject: string;
  readonly isPublished: boolean;
}

interface Claimed {
  readonly key: string;
  readonly type: string;
  readonly subject: string;
}

const PUBLISHED = `
  SELECT id AS key, type, subject, published_at IS NOT NULL AS "isPublished"
  FROM outbox
  WHERE type = ANY ($1::text[])
  ORDER BY id`;

const CLAIMED = 'SELECT message_id AS key, type, subject FROM inbox WHERE consumer = $1 ORDER BY message_id';

// A discarded dead letter counts: the operator log holds its reason. A replayed one must have been claimed instead.
const DEAD_LETTERS = `
  SELECT lower(message_id) AS key
  FROM dead_letters
  WHERE starts_with(queue, $1 || '.') AND status <> 'replayed' AND message_id ~* '^[0-9a-f-]{36}$'
  ORDER BY lower(message_id) COLLATE "C"`;

export const q5: Invariant = {
  id: 'Q5',
  statement: {
    en: 'messages are conserved per consumer: published to it = claimed in its inbox ∪ its dead letters',
    zh: '每个消费者的消息守恒：发布给它的 = 其收件箱已认领的 ∪ 其死信',
  },
  async checkDatabases(snapshots, _context, findings) {
    for (const subscription of subscriptions) await checkConservation(snapshots, subscription, findings);
    for (const service of Object.values(snapshots)) await remarkOnParked(service, findings);
    await remarkOnPeriod(Object.values(snapshots), findings);
  },
};

async function checkConservation(
  snapshots: Snapshots,
  { consumer, service, events }: Subscription,
  findings: Findings,
): Promise<void> {
  const producers = [...new Set(events.map(({ producer }) => producer))];
  const types = events.map(({ type }) => type);
  const keptInInbox = await inboxRetainedSince(snapshots[service], consumer);
  const keptInOutbox = await outboxesRetainedSince(producers.map((producer) => snapshots[producer]));
  for await (const { key, rows } of mergeByKey({
    published: readPublished(snapshots, producers, types),
    claimed: snapshots[service].pages<Claimed>(CLAIMED, [consumer]),
    dead: snapshots[service].pages<{ readonly key: string }>(DEAD_LETTERS, [consumer]),
  })) {
    const [published] = rows.published;
    const [claimed] = rows.claimed;
    if (published || claimed) findings.addChecked(1);
    if (published?.isPublished && !claimed && rows.dead.length === 0 && uuidTimestamp(key) >= keptInInbox) {
      const { type, subject } = published;
      findings.addViolation(problems.lost, { consumer, messageId: key, type, subject });
    }
    if (claimed && !published && uuidTimestamp(key) >= keptInOutbox) {
      const { type, subject } = claimed;
      findings.addViolation(problems.notInOutbox, { consumer, messageId: key, type, subject });
    }
  }
}

/** Merges the outboxes of all producers into one stream. */
async function* readPublished(
  snapshots: Snapshots,
  producers: readonly Service[],
  types: readonly string[],
): AsyncGenerator<readonly Published[], void> {
  const streams = producers.map((producer) => [
    producer,
    snapshots[producer].pages<Published>(PUBLISHED, [types]),
  ]);
  const merged = mergeByKey(Object.fromEntries(streams) as Record<string, Pages<Published>>);
  for await (const { rows } of merged) yield Object.values(rows).flat();
}

/** The shortest retention that the services can configure for inbox and outbox. */
const RETENTION_MIN_MS = 3_600_000;
/** The largest assumed clock difference between services and databases. */
const CLOCK_SKEW_MAX_MS = 60_000;

/**
 * The time, in ms, since which no message of a table was pruned. Rows are retained for at least an hour, and pruning
 * deletes the oldest first. A message is compared by the time in its id, which precedes its other timestamps. So
 * pruned history is no violation, and later messages are checked completely.
 */
function retainedSince(oldest: number): number {
  return Math.min(oldest + CLOCK_SKEW_MAX_MS, Date.now() - RETENTION_MIN_MS);
}

/** An inbox is retained longer than the outboxes it is compared with, so an empty one was not pruned. */
async function inboxRetainedSince(snapshot: Snapshot, consumer: string): Promise<number> {
  const [row] = await snapshot.rows<{ oldest: Date | null }>(
    'SELECT min(claimed_at) AS oldest FROM inbox WHERE consumer = $1',
    [consumer],
  );
  return retainedSince(row?.oldest?.getTime() ?? Number.NEGATIVE_INFINITY);
}

async function outboxesRetainedSince(snapshots: readonly Snapshot[]): Promise<number> {
  const times = snapshots.map(async (snapshot) => {
    const [row] = await snapshot.rows<{ oldest: Date | null }>(
      'SELECT min(published_at) AS oldest FROM outbox',
    );
    return retainedSince(row?.oldest?.getTime() ?? Number.POSITIVE_INFINITY);
  });
  return Math.max(...(await Promise.all(times)));
}

/** The timestamp of a UUIDv7, in ms. */
function uuidTimestamp(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** Pruned events are not compared: an audit that runs less often than they are pruned leaves a gap. */
async function remarkOnPeriod(snapshots: readonly Snapshot[], findings: Findings): Promise<void> {
  const since = await outboxesRetainedSince(snapshots);
  const hours = Math.floor((Date.now() - since) / 3_600_000);
  findings.addRemark({
    en: `events of the last ${hours} h are compared, older ones are pruned: audit at least once in OUTBOX_RETENTION_HOURS; announcements have no consumer here and are not compared`,
    zh: `只比较最近 ${hours} 小时的事件，更早的已清理：审计间隔不要超过 OUTBOX_RETENTION_HOURS；公告没有本系统的消费者，不比较`,
  });
}

async function remarkOnParked(snapshot: Snapshot, findings: Findings): Promise<void> {
  const [row] = await snapshot.rows<{ count: number }>(
    'SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL',
  );
  if (!row?.count) return;
  findings.addRemark({
    en: `parked events of ${snapshot.service}: ${row.count}`,
    zh: `${snapshot.service} 无法发布而搁置（parked）的事件：${row.count}`,
  });
}
