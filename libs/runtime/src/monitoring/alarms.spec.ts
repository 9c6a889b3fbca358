import { afterEach, expect, test } from 'vitest';

import { RecordingLog } from '../../../test-support/recording-log.js';
import { type AlarmCheck, Alarms } from './alarms.js';

let alarms: Alarms | undefined;
let log: RecordingLog;

afterEach(() => alarms?.onModuleDestroy());

/** Runs the check once per result; resolves when `Alarms` has handled the last one. */
async function runChecks(results: (string | undefined | Error)[], name = 'orders'): Promise<void> {
  let resolveAll!: () => void;
  const allChecked = new Promise<void>((resolve) => {
    resolveAll = resolve;
  });
  const remaining = [...results];
  const check: AlarmCheck = {
    name,
    check: () => {
      // The next round starts after the last result has been handled.
      if (remaining.length === 0) {
        resolveAll();
        return Promise.reject(new Error('no more'));
      }
      const result = remaining.shift();
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
  };
  log = new RecordingLog();
  alarms = new Alarms({ checks: [check], log, checkIntervalMs: 1 });
  alarms.onApplicationBootstrap();
  await allChecked;
}

function health(): Promise<unknown> {
  return Promise.all((alarms?.health ?? []).map(async ({ name, check }) => [name, await check()]));
}

const logged = () =>
  log.entries
    .filter(({ level }) => level !== 'debug')
    .map(({ level, message, fields }) => [level, message, fields['alarm'], fields['detail']]);

test('an alarm is logged once when raised and once when cleared', async () => {
  await runChecks([undefined, 'confirmed: 1', 'confirmed: 2', 'confirmed: 3', undefined, undefined]);
  expect(logged()).toEqual([
    ['warn', 'alarm raised', 'orders', 'confirmed: 1'],
    ['info', 'alarm cleared', 'orders', undefined],
  ]);
  expect(await health()).toEqual([['orders', undefined]]);
});

test('an alarm that is raised again is logged again', async () => {
  await runChecks(['one', undefined, 'two']);
  expect(logged().map(([level]) => level)).toEqual(['warn', 'info', 'warn']);
});

test('readiness is degraded and shows the newest detail', async () => {
  await runChecks(['confirmed: 1', 'confirmed: 2']);
  expect(await health()).toEqual([['orders', { degraded: 'confirmed: 2' }]]);
});

test('a failed check changes nothing', async () => {
  await runChecks(['confirmed: 1', new Error('the database is unavailable')]);
  expect(await health()).toEqual([['orders', { degraded: 'confirmed: 1' }]]);
  await alarms?.onModuleDestroy();
  await runChecks([undefined, new Error('the database is unavailable')]);
  expect(await health()).toEqual([['orders', undefined]]);
  expect(logged()).toEqual([]);
});
