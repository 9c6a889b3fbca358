import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from '#contracts';
import { type ActionResult, type ReplayProgress, replayProgress, stopReplay } from '#dead-letters';
import type { Attribution } from '#operator-log';
import type { CommandContext } from '../command-context.js';
import { pluralize, progressBar } from '../format.js';

const CHECK_INTERVAL_MS = 250;
/** What is sent waits a second in a delay queue, and may then fail at once. */
const FAILURE_WINDOW_MS = 2_500;
/** How long nothing may happen before the operator is told why that may be. */
const STALLED_AFTER_MS = 5_000;

type ReplayRequest = ActionResult & { readonly service: Service };

/**
 * Shows how replays get on until everything is sent, and a moment longer, to see what fails again. Ctrl-C takes back
 * what has not set out.
 */
export async function followReplays(
  context: CommandContext,
  requests: readonly ReplayRequest[],
  by: Attribution,
): Promise<void> {
  const interrupted = new AbortController();
  const ignore = context.terminal.onInterrupt(() => interrupted.abort());
  try {
    await waitUntilSent(context, requests, interrupted.signal);
    const stopped = interrupted.signal.aborted ? await stopReplays(context, requests, by) : 0;
    await delay(FAILURE_WINDOW_MS, undefined, { signal: interrupted.signal }).catch(() => {});
    const { total, waiting, sent, reopened } = await readProgress(context, requests);
    context.terminal.draw?.('');
    const failedAgain = reopened - stopped;
    context.printResult(
      { action: 'replay', count: total, sent, waiting, stopped, failedAgain, requests },
      () =>
        [
          `${pluralize(sent, 'dead letter')} sent again`,
          ...(failedAgain > 0 ? [`${failedAgain} failed again: open, with one attempt more`] : []),
          ...(stopped > 0
            ? [`${stopped} taken back: open as before; the same command goes on with them`]
            : []),
          ...(waiting > 0 ? [`${waiting} on their way`] : []),
        ].join('\n'),
    );
  } finally {
    ignore();
  }
}

async function waitUntilSent(
  context: CommandContext,
  requests: readonly ReplayRequest[],
  signal: AbortSignal,
): Promise<void> {
  let [waitingBefore, changedAt] = [-1, Date.now()];
  while (!signal.aborted) {
    const { total, waiting } = await readProgress(context, requests);
    if (waiting === 0) return;
    context.terminal.draw?.(`${progressBar(total - waiting, total)}  (Ctrl-C takes back the rest)`);
    if (waiting !== waitingBefore) [waitingBefore, changedAt] = [waiting, Date.now()];
    else if (Date.now() - changedAt > STALLED_AFTER_MS) {
      const names = [...new Set(requests.map(({ service }) => service))].join(', ');
      context.terminal.printError(
        `${waiting} wait to be sent. Does ${names} run, and the broker? They go out when it does; Ctrl-C takes them back.`,
      );
      changedAt = Number.POSITIVE_INFINITY;
    }
    await delay(CHECK_INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}

async function stopReplays(
  context: CommandContext,
  requests: readonly ReplayRequest[],
  by: Attribution,
): Promise<number> {
  let stopped = 0;
  for (const { service, requestId } of requests) {
    const database = await context.database(service);
    stopped += (await database.transaction((tx) => stopReplay(tx, requestId, by))).count;
  }
  return stopped;
}

async function readProgress(
  context: CommandContext,
  requests: readonly ReplayRequest[],
): Promise<ReplayProgress> {
  const sum = { total: 0, waiting: 0, sent: 0, reopened: 0 };
  for (const { service, requestId } of requests) {
    const progress = await replayProgress(await context.database(service), requestId);
    sum.total += progress?.total ?? 0;
    sum.waiting += progress?.waiting ?? 0;
    sum.sent += progress?.sent ?? 0;
    sum.reopened += progress?.reopened ?? 0;
  }
  return sum;
}
