import { afterEach, expect, test } from 'vitest';

import { createGate } from '../../test-support/gate.js';
import { RecordingLog } from '../../test-support/recording-log.js';
import { BackgroundLoop, type BackgroundLoopOptions } from './background-loop.js';

const FOREVER_MS = 60_000;
const log = new RecordingLog();
let loop: BackgroundLoop | undefined;

afterEach(() => loop?.stop());

function start(options: Partial<BackgroundLoopOptions> & Pick<BackgroundLoopOptions, 'runOnce'>): void {
  loop = new BackgroundLoop({ intervalMs: FOREVER_MS, log, failureMessage: 'round failed', ...options });
  loop.start();
}

test('a pause of 0 starts the next round at once', async () => {
  let rounds = 0;
  const { opened, open } = createGate();
  start({
    runOnce: () => {
      rounds += 1;
      if (rounds === 3) open();
      return Promise.resolve(rounds < 3 ? 0 : undefined);
    },
  });
  await opened;
  expect(rounds).toBe(3);
});

test('a wake during a round skips the next pause', async () => {
  let rounds = 0;
  const { opened, open } = createGate();
  start({
    runOnce: () => {
      rounds += 1;
      if (rounds === 1) loop?.wake();
      else open();
      return Promise.resolve();
    },
  });
  await opened;
  expect(rounds).toBe(2);
});

test('a failed round is logged and repeated', async () => {
  let rounds = 0;
  const { opened, open } = createGate();
  start({
    intervalMs: 1,
    runOnce: () => {
      rounds += 1;
      if (rounds === 1) return Promise.reject(new Error('no database'));
      open();
      return Promise.resolve(FOREVER_MS);
    },
  });
  await opened;
  expect(log.count('round failed')).toBe(1);
});

test('stop aborts the signal and waits for the round', async () => {
  const { opened, open } = createGate();
  let hasEnded = false;
  start({
    runOnce: async (signal) => {
      signal.addEventListener('abort', open, { once: true });
      await opened;
      hasEnded = true;
    },
  });
  await loop?.stop();
  expect(hasEnded).toBe(true);
});

test('the first round can be delayed by one interval', async () => {
  let rounds = 0;
  start({ delaysFirstRound: true, runOnce: () => Promise.resolve(void (rounds += 1)) });
  await loop?.stop();
  expect(rounds).toBe(0);
});
