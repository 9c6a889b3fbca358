import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import type { Command } from 'commander';
import { editAndReplay, replay, selectionActions } from '#operator-api';
import type { CommandContext, RunCommand } from '../command-context.js';
import { type ConfirmOptions, withConfirmOptions, withCountOption } from '../confirm-options.js';
import { performInServices, printResults } from '../perform-action.js';
import {
  collectUuids,
  parseUuid,
  type SelectionOptions,
  toNarrowFilter,
  withSelectionOptions,
} from '../selection.js';
import { RefusedError } from '../terminal.js';
import { formatGroups } from './dead-letters.js';
import { followReplays } from './replay-progress.js';

interface SelectedActionOptions extends ConfirmOptions, SelectionOptions {
  readonly all?: boolean;
  readonly count?: number;
  readonly wait?: boolean;
}

/** `ops dead-letters replay | discard | reopen | edit` */
export function addDeadLetterActionCommands(parent: Command, run: RunCommand): void {
  for (const action of selectionActions) {
    const command = parent
      .command(action.name)
      .description(action.description)
      .argument('[id...]', 'ids of dead letters', collectUuids);
    withCountOption(withConfirmOptions(withSelectionOptions(command)))
      .option('--all', 'select every dead letter')
      .action((ids: readonly string[], options: SelectedActionOptions) =>
        run((context) => applyToSelected(context, action, ids, options)),
      );
    if (action === replay) command.option('--no-wait', 'return before the messages are published');
  }
  withConfirmOptions(
    parent
      .command('edit')
      .description(editAndReplay.description)
      .argument('<id>', 'id of a dead letter', parseUuid),
  )
    .requiredOption('--file <path>', 'file with the new body; - reads standard input')
    .action((id: string, options: ConfirmOptions & { file: string }) =>
      run((context) => edit(context, id, options)),
    );
}

async function applyToSelected(
  context: CommandContext,
  action: (typeof selectionActions)[number],
  ids: readonly string[],
  options: SelectedActionOptions,
): Promise<void> {
  const filter = toNarrowFilter(options, ids);
  const results = await performInServices(context, action, filter, options, {
    noMatch: `no ${action.fromStatus} dead letter ${ids.length > 0 ? 'has one of these ids' : 'matches'}`,
    describe: (previews) => {
      const groups = previews.flatMap(({ service, groups }) =>
        groups.map((group) => ({ service, ...group })),
      );
      return [formatGroups(context, groups), ''];
    },
  });
  if (!results) return;
  if (action !== replay || options.wait === false) printResults(context, action, results);
  else await followReplays(context, results, context.attribution(options));
}

async function edit(
  context: CommandContext,
  id: string,
  options: ConfirmOptions & { file: string },
): Promise<void> {
  const body = await readBody(options.file);
  const results = await performInServices(context, editAndReplay, { id, body }, options, {
    noMatch: `no dead letter has the id ${id}`,
    describe: (previews) =>
      previews.map(
        ({ bytes, bytesBefore }) =>
          `The new body is a valid event: ${bytes} bytes instead of ${bytesBefore}.`,
      ),
  });
  if (results) await followReplays(context, results, context.attribution(options));
}

async function readBody(path: string): Promise<Buffer> {
  if (path === '-') return Buffer.from(await readStream(process.stdin));
  return readFile(path).catch((error: Error) => {
    throw new RefusedError(`cannot read ${path}: ${error.message}`, 2, { cause: error });
  });
}
