import { afterEach, expect, test } from 'vitest';

import { createLogger } from '#observability';
import { createGate } from '../../../test-support/gate.js';
import { type PruneTask, type Clock, RetentionJob, type RetentionJobOptions } from './retention-job.js';

const log = createLogger({ service: 'spec', level: 'silent' });
let retentionJob: RetentionJob | undefined;

afterEach(() => retentionJob?.onModuleDestroy());

function start(options: Partial<RetentionJobOptions>): void {
  retentionJob = new RetentionJob({
    tasks: [],
    isActive: () => true,
    log,
    intervalMs: 1,
    utilizationMax: 0.99,
    ...options,
  });
  retentionJob.onApplicationBootstrap();
}

/** A prune task of three pages, which calls `onPruned` after the last. */
function pruneTask(table: string, pages: string[], onPruned: () => void): PruneTask {
  return {
    table,
    async *prune() {
      for (const page of [1, 2, 3]) {
        pages.push(`${table} ${page}`);
        yield 500;
      }
      onPruned();
    },
  };
}

test('every round prunes each table completely, one after the other', async () => {
  const pages: string[] = [];
  const [first, second] = [createGate(), createGate()];
  let rounds = 0;
  const end = (): void => {
    rounds += 1;
    if (rounds === 1) first.open();
    else second.open();
  };
  start({ tasks: [pruneTask('inbox', pages, () => {}), pruneTask('outbox', pages, end)] });
  await first.opened;
  expect(pages).toEqual(['inbox 1', 'inbox 2', 'inbox 3', 'outbox 1', 'outbox 2', 'outbox 3']);
  await second.opened;
});

test('a replica that becomes inactive deletes no further page', async () => {
  const pages: string[] = [];
  const checked = createGate();
  let isActive = true;
  let inactiveChecks = 0;
  start({
    tasks: [pruneTask('inbox', pages, () => {})],
    isActive: () => {
      if (pages.length === 2) isActive = false;
      if (!isActive && ++inactiveChecks === 3) checked.open();
      return isActive;
    },
  });
  await checked.opened;
  expect(pages).toEqual(['inbox 1', 'inbox 2']);
});

test('a failed task runs again and blocks no other table', async () => {
  const pages: string[] = [];
  const twice = createGate();
  let failures = 0;
  const failing: PruneTask = {
    table: 'inbox',
    // oxlint-disable-next-line require-yield -- it fails before its first page
    async *prune() {
      failures += 1;
      if (failures === 2) twice.open();
      throw new Error('no such table');
    },
  };
  start({ tasks: [failing, pruneTask('outbox', pages, () => {})] });
  await twice.opened;
  expect(pages).toEqual(['outbox 1', 'outbox 2', 'outbox 3']);
});

test('a table that is far behind blocks no later table, and is reported', async () => {
  const twice = createGate();
  let now = 0;
  let rounds = 0;
  const clock: Clock = {
    now: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const endless: PruneTask = {
    table: 'outbox',
    async *prune() {
      for (;;) {
        now += 1_000;
        yield 500;
      }
    },
  };
  const onPruned = (): void => {
    rounds += 1;
    if (rounds === 2) twice.open();
  };
  const tasks = [endless, pruneTask('inbox', [], onPruned)];
  // The second round starts at once, because a table is behind.
  start({ tasks, clock, intervalMs: 1, tableTimeMaxMs: 60_000, utilizationMax: 0.1 });
  await twice.opened;
  const overdue = retentionJob!.overdueMs;
  expect(overdue.get('outbox')).toBeGreaterThanOrEqual(120_000);
  expect(overdue.get('inbox')).toBeLessThan(120_000);
});

test('a standby replica reports no table', async () => {
  let isActive = true;
  const pruned = createGate();
  start({ tasks: [pruneTask('inbox', [], () => pruned.open())], isActive: () => isActive });
  await pruned.opened;
  await expect.poll(() => [...retentionJob!.overdueMs.keys()]).toEqual(['inbox']);
  isActive = false;
  await expect.poll(() => [...retentionJob!.overdueMs.keys()]).toEqual([]);
});

test('pauses keep statements at a quarter of the time', async () => {
  const done = createGate();
  let now = 0;
  const pauses: number[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: (ms) => {
      pauses.push(ms);
      return Promise.resolve();
    },
  };
  const task: PruneTask = {
    table: 'inbox',
    async *prune() {
      for (const tookMs of [40, 400, 0]) {
        now += tookMs;
        yield 500;
      }
      done.open();
    },
  };
  start({ tasks: [task], utilizationMax: 0.25, clock });
  await done.opened;
  expect(pauses).toEqual([120, 1_200, 10]);
});

test('stopping waits for the current page and starts no other', async () => {
  const [started, mayFinish] = [createGate(), createGate()];
  let pages = 0;
  const slow: PruneTask = {
    table: 'inbox',
    async *prune() {
      for (;;) {
        pages += 1;
        started.open();
        await mayFinish.opened;
        yield 500;
      }
    },
  };
  start({ tasks: [slow] });
  await started.opened;
  let isStopped = false;
  const stopped = retentionJob?.onModuleDestroy().then(() => (isStopped = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isStopped).toBe(false);
  mayFinish.open();
  await stopped;
  expect(pages).toBe(1);
});
