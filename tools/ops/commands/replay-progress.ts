import { setTimeout as delay } from 'node:timers/promises';
import { type ReplayProgress, replayProgress } from '#dead-letters';
import { performAction, stopReplay } from '#operator-api';
import type { Attribution } from '#operator-log';
import type { CommandContext } from '../command-context.js';
import { pluralize, progressBar } from '../format.js';
import type { LocatedResult } from '../perform-action.js';

const CHECK_INTERVAL_MS = 250;
/** A replayed message waits 1 s in a delay queue before its consumer can fail again. */
const FAILURE_WINDOW_MS = 2_500;
/** Time without progress after which the operator gets a hint. */
const STALLED_AFTER_MS = 5_000;

/**
 * Shows the progress of replays until every message is published, and 2.5 s longer, to count messages that fail again.
 * Ctrl-C takes back the messages that are not published yet.
 */
export async function followReplays(
  context: CommandContext,
  requests: readonly LocatedResult[],
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
          `${pluralize(sent, 'dead letter')} replayed`,
          ...(failedAgain > 0 ? [`${failedAgain} failed again and are open, with one attempt more`] : []),
          ...(stopped > 0 ? [`${stopped} taken back and open; the same command replays them`] : []),
          ...(waiting > 0 ? [`${waiting} in flight`] : []),
        ].join('\n'),
    );
  } finally {
    ignore();
  }
}

async function waitUntilSent(
  context: CommandContext,
  requests: readonly LocatedResult[],
  signal: AbortSignal,
): Promise<void> {
  let [waitingBefore, changedAt] = [-1, Date.now()];
  while (!signal.aborted) {
    const { total, waiting } = await readProgress(context, requests);
    if (waiting === 0) return;
    context.terminal.draw?.(`${progressBar(total - waiting, total)}  (Ctrl-C takes back the remaining)`);
    if (waiting !== waitingBefore) [waitingBefore, changedAt] = [waiting, Date.now()];
    else if (Date.now() - changedAt > STALLED_AFTER_MS) {
      const names = [...new Set(requests.map(({ service }) => service))].join(', ');
      context.terminal.printError(
        `${pluralize(waiting, 'dead letter')} not published for 5 s: check that ${names} and the broker are running. Ctrl-C takes them back.`,
      );
      changedAt = Number.POSITIVE_INFINITY;
    }
    await delay(CHECK_INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}

async function stopReplays(
  context: CommandContext,
  requests: readonly LocatedResult[],
  by: Attribution,
): Promise<number> {
  let stopped = 0;
  for (const { service, requestId, count: expected } of requests) {
    const scope = { service, database: await context.database(service) };
    stopped += (await performAction(scope, stopReplay, requestId, { expected, by })).count;
  }
  return stopped;
}

async function readProgress(
  context: CommandContext,
  requests: readonly LocatedResult[],
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
