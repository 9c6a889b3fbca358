import { afterEach, expect, test } from 'vitest';

import { RecordingLog } from '../../../../test/setup/recording-log.js';
import { type AlarmCheck, Alarms } from './alarms.js';

let alarms: Alarms | undefined;
let log: RecordingLog;

afterEach(() => alarms?.onModuleDestroy());

/** Looks with what `answers` gives, one after the other; resolves when the last has been looked at. */
async function lookAll(answers: (string | undefined | Error)[], name = 'orders'): Promise<void> {
  let enough!: () => void;
  const lookedAtAll = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const left = [...answers];
  const check: AlarmCheck = {
    name,
    look: () => {
      // The last answer has been dealt with when the next look begins.
      if (left.length === 0) {
        enough();
        return Promise.reject(new Error('no more'));
      }
      const answer = left.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  log = new RecordingLog();
  alarms = new Alarms({ checks: [check], log, everyMs: 0 });
  alarms.onApplicationBootstrap();
  await lookedAtAll;
}

function health(): Promise<unknown> {
  return Promise.all((alarms?.health ?? []).map(async ({ name, check }) => [name, await check()]));
}

const logged = () =>
  log.entries
    .filter(({ level }) => level !== 'debug')
    .map(({ level, message, fields }) => [level, message, fields['alarm'], fields['detail']]);

test('an alarm is logged when it is raised and when it is over, however long it lasts', async () => {
  await lookAll([undefined, 'confirmed: 1', 'confirmed: 2', 'confirmed: 3', undefined, undefined]);
  expect(logged()).toEqual([
    ['warn', 'alarm', 'orders', 'confirmed: 1'],
    ['info', 'alarm over', 'orders', undefined],
  ]);
  expect(await health()).toEqual([['orders', undefined]]);
});

test('an alarm that is raised again is logged again', async () => {
  await lookAll(['one', undefined, 'two']);
  expect(logged().map(([level]) => level)).toEqual(['warn', 'info', 'warn']);
});

test('readiness is degraded by an alarm, and says what was seen last', async () => {
  await lookAll(['confirmed: 1', 'confirmed: 2']);
  expect(await health()).toEqual([['orders', { degraded: 'confirmed: 2' }]]);
});

test('a look that fails changes nothing', async () => {
  await lookAll(['confirmed: 1', new Error('the database is away')]);
  expect(await health()).toEqual([['orders', { degraded: 'confirmed: 1' }]]);
  await alarms?.onModuleDestroy();
  await lookAll([undefined, new Error('the database is away')]);
  expect(await health()).toEqual([['orders', undefined]]);
  expect(logged()).toEqual([]);
});
