import type { Command } from 'commander';
import type { CommandContext, RunCommand } from '../command-context.js';
import { type TimelineEntry, readTimeline } from '../order-timeline.js';
import { parseUuid } from '../selection.js';
import { RefusedError } from '../terminal.js';
import { toOneLine } from '../format.js';

/** `ops order <id>` */
export function addOrderCommand(program: Command, run: RunCommand): void {
  program
    .command('order')
    .description('the history of an order in all services, as one timeline')
    .argument('<id>', 'id of an order', parseUuid)
    .action((orderId: string) => run((context) => show(context, orderId)));
}

async function show(context: CommandContext, orderId: string): Promise<void> {
  const steps: TimelineEntry[] = [];
  for (const service of context.services()) {
    steps.push(...(await readTimeline(service, await context.database(service), orderId)));
  }
  if (steps.length === 0)
    throw new RefusedError(`no record of order ${orderId} in ${context.services().join(', ')}`);
  steps.sort((a, b) => a.at.getTime() - b.at.getTime());
  context.printResult({ orderId, steps }, () => describe(orderId, steps, context.terminal.width));
}

const SERVICE_WIDTH = 9;
const SOURCE_WIDTH = 11;

function describe(orderId: string, steps: readonly TimelineEntry[], width: number): string {
  const begun = steps[0]?.at ?? new Date(0);
  const lines = steps.map(({ at, service, source, description, isWarning }) => {
    const head = `${formatElapsed(begun, at)}  ${isWarning ? '!' : '·'} ${service.padEnd(SERVICE_WIDTH)}  ${source.padEnd(SOURCE_WIDTH)}  `;
    return head + toOneLine(description, Math.max(20, Math.min(width, 400) - head.length));
  });
  return [`order ${orderId}, since ${begun.toISOString()}`, '', ...lines].join('\n');
}

/** `+    0.062 s`, or `+ 3 min 0.062 s` */
function formatElapsed(begun: Date, at: Date): string {
  const ms = at.getTime() - begun.getTime();
  const seconds = ((ms % 60_000) / 1_000).toFixed(3);
  const minutes = Math.floor(ms / 60_000);
  return `+${(minutes > 0 ? `${minutes} min ${seconds}` : seconds).padStart(14)} s`;
}
