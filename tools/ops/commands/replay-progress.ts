import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from '#contracts';
import { type Changed, type ReplayProgress, replayProgress, stopReplay } from '#dead-letters';
import type { Act } from '#operator-log';
import type { Desk } from '../command-context.js';
import { counted, progressBar } from '../format.js';

const LOOK_EVERY_MS = 250;
/** What is sent waits a second in a delay queue, and may then fail at once. */
const FAILS_WITHIN_MS = 2_500;
/** How long nothing may happen before the operator is told why that may be. */
const SILENT_FOR_MS = 5_000;

type Request = Changed & { readonly service: Service };

/**
 * Shows how replays get on until everything is sent, and a moment longer, to see what fails again. Ctrl-C takes back
 * what has not set out.
 */
export async function follow(desk: Desk, requests: readonly Request[], by: Act): Promise<void> {
  const interrupted = new AbortController();
  const ignore = desk.terminal.onInterrupt(() => interrupted.abort());
  try {
    await untilSent(desk, requests, interrupted.signal);
    const stopped = interrupted.signal.aborted ? await stop(desk, requests, by) : 0;
    await delay(FAILS_WITHIN_MS, undefined, { signal: interrupted.signal }).catch(() => {});
    const { total, waiting, sent, openAgain } = await progressOf(desk, requests);
    desk.terminal.draw?.('');
    const failedAgain = openAgain - stopped;
    desk.report({ act: 'replay', count: total, sent, waiting, stopped, failedAgain, requests }, () =>
      [
        `${counted(sent, 'dead letter')} sent again`,
        ...(failedAgain > 0 ? [`${failedAgain} failed again: open, with one attempt more`] : []),
        ...(stopped > 0 ? [`${stopped} taken back: open as before; the same command goes on with them`] : []),
        ...(waiting > 0 ? [`${waiting} on their way`] : []),
      ].join('\n'),
    );
  } finally {
    ignore();
  }
}

async function untilSent(desk: Desk, requests: readonly Request[], signal: AbortSignal): Promise<void> {
  let [waitingBefore, changedAt] = [-1, Date.now()];
  while (!signal.aborted) {
    const { total, waiting } = await progressOf(desk, requests);
    if (waiting === 0) return;
    desk.terminal.draw?.(`${progressBar(total - waiting, total)}  (Ctrl-C takes back the rest)`);
    if (waiting !== waitingBefore) [waitingBefore, changedAt] = [waiting, Date.now()];
    else if (Date.now() - changedAt > SILENT_FOR_MS) {
      const names = [...new Set(requests.map(({ service }) => service))].join(', ');
      desk.terminal.printError(
        `${waiting} wait to be sent. Does ${names} run, and the broker? They go out when it does; Ctrl-C takes them back.`,
      );
      changedAt = Number.POSITIVE_INFINITY;
    }
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

async function stop(desk: Desk, requests: readonly Request[], by: Act): Promise<number> {
  let stopped = 0;
  for (const { service, request } of requests) {
    const database = await desk.database(service);
    stopped += (await database.transaction((tx) => stopReplay(tx, request, by))).count;
  }
  return stopped;
}

async function progressOf(desk: Desk, requests: readonly Request[]): Promise<ReplayProgress> {
  const sum = { total: 0, waiting: 0, sent: 0, openAgain: 0 };
  for (const { service, request } of requests) {
    const progress = await replayProgress(await desk.database(service), request);
    sum.total += progress?.total ?? 0;
    sum.waiting += progress?.waiting ?? 0;
    sum.sent += progress?.sent ?? 0;
    sum.openAgain += progress?.openAgain ?? 0;
  }
  return sum;
}
