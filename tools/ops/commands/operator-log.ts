import type { Command } from 'commander';
import { listActions } from '#operator-log';
import type { CommandContext } from '../command-context.js';
import { parseLimit } from '../selection.js';
import { toOneLine, renderTable, formatTime } from '../format.js';

/** `ops log [subject]` */
export function addOperatorLogCommand(
  program: Command,
  run: (work: (context: CommandContext) => Promise<void>) => Promise<void>,
): void {
  program
    .command('log')
    .description('what operators have done, the latest first: to one thing, or to any')
    .argument('[subject]', 'the id of a dead letter, an event, or an order')
    .option('--limit <count>', 'at most so many of each service', parseLimit, 50)
    .action((subject: string | undefined, options: { limit: number }) =>
      run((context) => show(context, subject, options.limit)),
    );
}

async function show(context: CommandContext, subject: string | undefined, limit: number): Promise<void> {
  const found = await context.readFromEach((database) => listActions(database, subject, limit));
  found.sort((a, b) => b.at.getTime() - a.at.getTime());
  context.printResult(found, () => {
    const rows = found.map(({ at, service, action, subject, operator, reason }) => [
      formatTime(at),
      operator,
      action,
      service,
      subject,
      toOneLine(reason),
    ]);
    const titles = ['at', 'operator', 'act', 'service', 'to'];
    const columns = [...titles.map((title) => ({ title })), { title: 'why', isElastic: true }];
    return renderTable(context.terminal, columns, rows, 'nobody has done anything by hand');
  });
}
