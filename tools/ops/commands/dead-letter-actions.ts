import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { Service } from '#contracts';
import {
  type ActionResult,
  groupDeadLetters,
  NotEditableError,
  type Selection,
  SelectionChangedError,
} from '#dead-letters';
import { MessageRejectedError } from '#messaging';
import {
  type DeadLetterAction,
  deadLetterActions,
  edit as editDeadLetter,
  replay,
  resolveSelection,
} from '#operator-api';
import type { CommandContext } from '../command-context.js';
import { type ConfirmOptions, withConfirmOptions } from '../confirm-options.js';
import {
  parseCount,
  toNarrowFilter,
  type SelectionOptions,
  parseUuid,
  collectUuids,
  withSelectionOptions,
} from '../selection.js';
import { RefusedError } from '../terminal.js';
import { pluralize } from '../format.js';
import { formatGroups, type LocatedGroup, locateDeadLetter } from './dead-letters.js';
import { followReplays } from './replay-progress.js';

interface SelectedActionOptions extends ConfirmOptions, SelectionOptions {
  readonly all?: boolean;
  readonly count?: number;
  readonly wait: boolean;
}

/** `ops dead-letters replay | discard | reopen | edit` */
export function addDeadLetterActionCommands(
  parent: Command,
  run: (work: (context: CommandContext) => Promise<void>) => Promise<void>,
): void {
  for (const action of deadLetterActions) {
    const command = parent
      .command(action.name)
      .description(`${action.description}; without --yes or --count only says which`)
      .argument('[id...]', 'their ids', collectUuids);
    withConfirmOptions(withSelectionOptions(command))
      .option('--all', 'all there are')
      .option('--count <number>', 'does it if it is exactly so many', parseCount)
      .option('--no-wait', 'does not wait until they are sent')
      .action((ids: readonly string[], options: SelectedActionOptions) =>
        run((context) => applyToSelected(context, action, ids, options)),
      );
  }
  withConfirmOptions(
    parent
      .command('edit')
      .description('replaces the bytes of one, checks them against the contract, and sends it again')
      .argument('<id>', 'its id', parseUuid),
  )
    .requiredOption('--file <path>', 'the new bytes; - reads them from the standard input')
    .action((id: string, options: ConfirmOptions & { file: string }) =>
      run((context) => edit(context, id, options)),
    );
}

interface Preview extends Selection {
  readonly service: Service;
}

async function applyToSelected(
  context: CommandContext,
  action: DeadLetterAction,
  ids: readonly string[],
  options: SelectedActionOptions,
): Promise<void> {
  const filter = toNarrowFilter(options, ids);
  const previews: Preview[] = [];
  for (const service of context.services(options.service)) {
    const selection = await resolveSelection(await context.database(service), service, action, filter);
    previews.push({ service, ...selection });
  }
  const total = previews.reduce((sum, { expected }) => sum + expected, 0);
  if (total === 0) throw new RefusedError(`nothing to ${action.name}: ${describeNoMatch(action, ids)}`);
  if (options.count !== undefined && options.count !== total) {
    throw new RefusedError(
      `it would be ${pluralize(total, 'dead letter')}, not ${options.count}: nothing was done`,
    );
  }
  if (options.yes !== true && options.count === undefined) {
    await dryRun(context, action, previews, total);
    return;
  }
  const selected = previews.filter(({ expected }) => expected > 0);
  await execute(context, action, selected, options);
}

function describeNoMatch({ fromStatus }: DeadLetterAction, ids: readonly string[]): string {
  return ids.length > 0
    ? `none of these is there and ${fromStatus}`
    : `no ${fromStatus} dead letter is like that`;
}

async function dryRun(
  context: CommandContext,
  action: DeadLetterAction,
  previews: readonly Preview[],
  total: number,
): Promise<void> {
  const groups: LocatedGroup[] = [];
  for (const { service, filter } of previews) {
    const ofService = await groupDeadLetters(await context.database(service), filter, 20);
    groups.push(...ofService.map((group) => ({ service, ...group })));
  }
  context.printResult({ dryRun: true, action: action.name, count: total, groups }, () =>
    [
      formatGroups(context, groups),
      '',
      `Would ${action.name} ${pluralize(total, 'dead letter')}. Nothing was done. To do it, add --count ${total} or --yes.`,
    ].join('\n'),
  );
}

async function execute(
  context: CommandContext,
  action: DeadLetterAction,
  selected: readonly Preview[],
  options: SelectedActionOptions,
): Promise<void> {
  const by = context.operatorContext(options);
  const changed: (ActionResult & { readonly service: Service })[] = [];
  for (const { service, ...selection } of selected) {
    const database = await context.database(service);
    const done = await database.transaction((tx) => action.apply(tx, selection, by)).catch(throwRefused);
    changed.push({ service, ...done });
  }
  if (action === replay && options.wait) {
    await followReplays(context, changed, by);
    return;
  }
  const total = changed.reduce((sum, { count }) => sum + count, 0);
  const outcome =
    action === replay ? 'will be sent again' : action.fromStatus === 'open' ? 'discarded' : 'open again';
  context.printResult(
    { action: action.name, count: total, requests: changed },
    () => `${pluralize(total, 'dead letter')} ${outcome}`,
  );
}

async function edit(
  context: CommandContext,
  id: string,
  options: ConfirmOptions & { file: string },
): Promise<void> {
  const { service, letter } = await locateDeadLetter(context, id);
  const body = await readBytes(options.file);
  const isRehearsal = options.yes !== true;
  const by = isRehearsal ? { operator: 'dry-run', reason: 'dry run' } : context.operatorContext(options);
  const database = await context.database(service);
  const changed = await editDeadLetter(database, { id, body }, by, { isRehearsal }).catch(throwRefused);
  if (changed) {
    await followReplays(context, [{ service, ...changed }], by);
    return;
  }
  context.printResult(
    { dryRun: true, action: 'edit', count: 1, bytesBefore: letter.bodyBytes, bytes: body.length },
    () =>
      `The new bytes (${body.length} instead of ${letter.bodyBytes}) keep the contract. Nothing was done. To do it, add --yes.`,
  );
}

async function readBytes(path: string): Promise<Buffer> {
  if (path === '-') return Buffer.from(await readStream(process.stdin));
  return readFile(path).catch((error: Error) => {
    throw new RefusedError(`${path} cannot be read: ${error.message}`, 2, { cause: error });
  });
}

function throwRefused(error: unknown): never {
  if (
    error instanceof MessageRejectedError ||
    error instanceof NotEditableError ||
    error instanceof SelectionChangedError
  ) {
    throw new RefusedError(error.message, 1, { cause: error });
  }
  throw error;
}
