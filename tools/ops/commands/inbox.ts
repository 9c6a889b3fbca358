import type { Command } from 'commander';
import { findClaims } from '#inbox';
import { consumersOf } from '#operator-api';
import type { Desk } from '../command-context.js';
import { uuid } from '../selection.js';
import { Refused } from '../terminal.js';
import { table, time } from '../format.js';

/** `ops inbox <message id>` */
export function addInboxCommand(
  program: Command,
  run: (work: (desk: Desk) => Promise<void>) => Promise<void>,
): void {
  program
    .command('inbox')
    .description('who has handled a message, when, and to what end')
    .argument('<message-id>', 'its id', uuid)
    .action((messageId: string) => run((desk) => show(desk, messageId)));
}

async function show(desk: Desk, messageId: string): Promise<void> {
  const found = await desk.ofEach((database, service) =>
    findClaims(database, consumersOf(service), messageId),
  );
  if (found.length === 0)
    throw new Refused(`no consumer of ${desk.services().join(', ')} has handled ${messageId}`);
  desk.report(found, () => {
    const rows = found.map(({ consumer, type, subject, sequence, outcome, claimedAt }) => [
      consumer,
      outcome,
      time(claimedAt),
      type,
      `${subject} #${sequence}`,
    ]);
    const titles = ['consumer', 'outcome', 'handled', 'type', 'subject'];
    return table(
      desk.terminal,
      titles.map((title) => ({ title })),
      rows,
      '',
    );
  });
}
