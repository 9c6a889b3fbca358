import type { Command } from 'commander';
import { findClaims } from '#inbox';
import { listConsumers } from '#operator-api';
import type { CommandContext, RunCommand } from '../command-context.js';
import { parseUuid } from '../selection.js';
import { RefusedError } from '../terminal.js';
import { renderTable, formatTime } from '../format.js';

/** `ops inbox <message id>` */
export function addInboxCommand(program: Command, run: RunCommand): void {
  program
    .command('inbox')
    .description('the consumers that claimed a message, with time and outcome')
    .argument('<message-id>', 'id of a message', parseUuid)
    .action((messageId: string) => run((context) => show(context, messageId)));
}

async function show(context: CommandContext, messageId: string): Promise<void> {
  const found = await context.readFromEach((database, service) =>
    findClaims(database, listConsumers(service), messageId),
  );
  if (found.length === 0)
    throw new RefusedError(`no consumer of ${context.services().join(', ')} has claimed ${messageId}`);
  context.printResult(found, () => {
    const rows = found.map(({ consumer, type, subject, sequence, outcome, claimedAt }) => [
      consumer,
      outcome,
      formatTime(claimedAt),
      type,
      `${subject} #${sequence}`,
    ]);
    const titles = ['consumer', 'outcome', 'claimed at', 'type', 'subject'];
    return renderTable(
      context.terminal,
      titles.map((title) => ({ title })),
      rows,
      '',
    );
  });
}
