import type { Command } from 'commander';
import { findClaims } from '#inbox';
import { listConsumers } from '#operator-api';
import type { CommandContext } from '../command-context.js';
import { parseUuid } from '../selection.js';
import { RefusedError } from '../terminal.js';
import { renderTable, formatTime } from '../format.js';

/** `ops inbox <message id>` */
export function addInboxCommand(
  program: Command,
  run: (work: (context: CommandContext) => Promise<void>) => Promise<void>,
): void {
  program
    .command('inbox')
    .description('who has handled a message, when, and to what end')
    .argument('<message-id>', 'its id', parseUuid)
    .action((messageId: string) => run((context) => show(context, messageId)));
}

async function show(context: CommandContext, messageId: string): Promise<void> {
  const found = await context.readFromEach((database, service) =>
    findClaims(database, listConsumers(service), messageId),
  );
  if (found.length === 0)
    throw new RefusedError(`no consumer of ${context.services().join(', ')} has handled ${messageId}`);
  context.printResult(found, () => {
    const rows = found.map(({ consumer, type, subject, sequence, outcome, claimedAt }) => [
      consumer,
      outcome,
      formatTime(claimedAt),
      type,
      `${subject} #${sequence}`,
    ]);
    const titles = ['consumer', 'outcome', 'handled', 'type', 'subject'];
    return renderTable(
      context.terminal,
      titles.map((title) => ({ title })),
      rows,
      '',
    );
  });
}
