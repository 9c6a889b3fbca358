import type { Command } from 'commander';
import type { Desk } from '../command-context.js';
import { type JourneyStep, journeyIn } from '../order-timeline.js';
import { uuid } from '../selection.js';
import { Refused } from '../terminal.js';
import { oneLine } from '../format.js';

/** `ops order <id>` */
export function addOrderCommand(
  program: Command,
  run: (work: (desk: Desk) => Promise<void>) => Promise<void>,
): void {
  program
    .command('order')
    .description('the whole way of an order through all services, as one timeline')
    .argument('<id>', 'the id of the order', uuid)
    .action((orderId: string) => run((desk) => show(desk, orderId)));
}

async function show(desk: Desk, orderId: string): Promise<void> {
  const steps: JourneyStep[] = [];
  for (const service of desk.services()) {
    steps.push(...(await journeyIn(service, await desk.database(service), orderId)));
  }
  if (steps.length === 0)
    throw new Refused(`nobody in ${desk.services().join(', ')} has heard of order ${orderId}`);
  steps.sort((a, b) => a.at.getTime() - b.at.getTime());
  desk.report({ orderId, steps }, () => describe(orderId, steps, desk.terminal.width));
}

const SERVICE_WIDTH = 9;
const BOOK_WIDTH = 11;

function describe(orderId: string, steps: readonly JourneyStep[], width: number): string {
  const begun = steps[0]?.at ?? new Date(0);
  const lines = steps.map(({ at, service, book, what, isTrouble }) => {
    const head = `${sinceThen(begun, at)}  ${isTrouble ? '!' : '·'} ${service.padEnd(SERVICE_WIDTH)}  ${book.padEnd(BOOK_WIDTH)}  `;
    return head + oneLine(what, Math.max(20, Math.min(width, 400) - head.length));
  });
  return [`order ${orderId}, from ${begun.toISOString()} on`, '', ...lines].join('\n');
}

/** `+    0.062 s`, or with minutes and hours where it took so long. */
function sinceThen(begun: Date, at: Date): string {
  const ms = at.getTime() - begun.getTime();
  const seconds = ((ms % 60_000) / 1_000).toFixed(3);
  const minutes = Math.floor(ms / 60_000);
  return `+${(minutes > 0 ? `${minutes} min ${seconds}` : seconds).padStart(14)} s`;
}
