import type { Command } from 'commander';
import { listActs } from '#operator-log';
import type { Desk } from '../command-context.js';
import { limit } from '../selection.js';
import { oneLine, table, time } from '../format.js';

/** `ops acts [subject]` */
export function addActsCommand(
  program: Command,
  run: (work: (desk: Desk) => Promise<void>) => Promise<void>,
): void {
  program
    .command('acts')
    .description('what operators have done, the latest first: to one thing, or to any')
    .argument('[subject]', 'the id of a dead letter, an event, or an order')
    .option('--limit <count>', 'at most so many of each service', limit, 50)
    .action((subject: string | undefined, options: { limit: number }) =>
      run((desk) => show(desk, subject, options.limit)),
    );
}

async function show(desk: Desk, subject: string | undefined, limit: number): Promise<void> {
  const found = await desk.ofEach((database) => listActs(database, subject, limit));
  found.sort((a, b) => b.at.getTime() - a.at.getTime());
  desk.report(found, () => {
    const rows = found.map(({ at, service, act, subject, operator, why }) => [
      time(at),
      operator,
      act,
      service,
      subject,
      oneLine(why),
    ]);
    const titles = ['at', 'operator', 'act', 'service', 'to'];
    const columns = [...titles.map((title) => ({ title })), { title: 'why', isElastic: true }];
    return table(desk.terminal, columns, rows, 'nobody has done anything by hand');
  });
}
