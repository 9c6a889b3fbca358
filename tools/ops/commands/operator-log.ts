import type { Command } from 'commander';
import { listActions } from '#operator-log';
import type { CommandContext, RunCommand } from '../command-context.js';
import { parseLimit } from '../selection.js';
import { toOneLine, renderTable, formatTime } from '../format.js';

/** `ops log [subject]` */
export function addOperatorLogCommand(program: Command, run: RunCommand): void {
  program
    .command('log')
    .description('lists the operator log, the latest action first')
    .argument('[subject]', 'only actions on this dead letter, event or order')
    .option('--limit <count>', 'at most this many actions per service', parseLimit, 50)
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
    const titles = ['at', 'operator', 'action', 'service', 'subject'];
    const columns = [...titles.map((title) => ({ title })), { title: 'reason', isElastic: true }];
    return renderTable(context.terminal, columns, rows, 'no actions');
  });
}
