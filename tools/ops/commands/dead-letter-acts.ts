import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { Service } from '#contracts';
import { type Changed, groupDeadLetters, NotEditable, type Selection, SelectionChanged } from '#dead-letters';
import { MessageRejected } from '#messaging';
import { type DeadLetterVerb, deadLetterVerbs, edit as editDeadLetter, replay, select } from '#operator-api';
import type { Desk } from '../command-context.js';
import { type ActOptions, withAct } from '../confirm-options.js';
import { count, narrowed, type SelectionOptions, uuid, uuids, withSelection } from '../selection.js';
import { Refused } from '../terminal.js';
import { counted } from '../format.js';
import { describeGroups, type LocatedGroup, locate } from './dead-letters.js';
import { follow } from './replay-progress.js';

interface SelectedActOptions extends ActOptions, SelectionOptions {
  readonly all?: boolean;
  readonly count?: number;
  readonly wait: boolean;
}

/** `ops dead-letters replay | discard | reopen | edit` */
export function addActingCommands(
  parent: Command,
  run: (work: (desk: Desk) => Promise<void>) => Promise<void>,
): void {
  for (const verb of deadLetterVerbs) {
    const command = parent
      .command(verb.name)
      .description(`${verb.description}; without --yes or --count only says which`)
      .argument('[id...]', 'their ids', uuids);
    withAct(withSelection(command))
      .option('--all', 'all there are')
      .option('--count <number>', 'does it if it is exactly so many', count)
      .option('--no-wait', 'does not wait until they are sent')
      .action((ids: readonly string[], options: SelectedActOptions) =>
        run((desk) => changeSelected(desk, verb, ids, options)),
      );
  }
  withAct(
    parent
      .command('edit')
      .description('replaces the bytes of one, checks them against the contract, and sends it again')
      .argument('<id>', 'its id', uuid),
  )
    .requiredOption('--file <path>', 'the new bytes; - reads them from the standard input')
    .action((id: string, options: ActOptions & { file: string }) => run((desk) => edit(desk, id, options)));
}

interface Preview extends Selection {
  readonly service: Service;
}

async function changeSelected(
  desk: Desk,
  verb: DeadLetterVerb,
  ids: readonly string[],
  options: SelectedActOptions,
): Promise<void> {
  const filter = narrowed(options, ids);
  const previews: Preview[] = [];
  for (const service of desk.services(options.service)) {
    const selection = await select(await desk.database(service), service, verb, filter);
    previews.push({ service, ...selection });
  }
  const total = previews.reduce((sum, { expected }) => sum + expected, 0);
  if (total === 0) throw new Refused(`nothing to ${verb.name}: ${nothing(verb, ids)}`);
  if (options.count !== undefined && options.count !== total) {
    throw new Refused(`it would be ${counted(total, 'dead letter')}, not ${options.count}: nothing was done`);
  }
  if (options.yes !== true && options.count === undefined) {
    await dryRun(desk, verb, previews, total);
    return;
  }
  const selected = previews.filter(({ expected }) => expected > 0);
  await carryOut(desk, verb, selected, options);
}

function nothing({ from }: DeadLetterVerb, ids: readonly string[]): string {
  return ids.length > 0 ? `none of these is there and ${from}` : `no ${from} dead letter is like that`;
}

async function dryRun(
  desk: Desk,
  verb: DeadLetterVerb,
  previews: readonly Preview[],
  total: number,
): Promise<void> {
  const groups: LocatedGroup[] = [];
  for (const { service, filter } of previews) {
    const ofService = await groupDeadLetters(await desk.database(service), filter, 20);
    groups.push(...ofService.map((group) => ({ service, ...group })));
  }
  desk.report({ dryRun: true, act: verb.name, count: total, groups }, () =>
    [
      describeGroups(desk, groups),
      '',
      `Would ${verb.name} ${counted(total, 'dead letter')}. Nothing was done. To do it, add --count ${total} or --yes.`,
    ].join('\n'),
  );
}

async function carryOut(
  desk: Desk,
  verb: DeadLetterVerb,
  selected: readonly Preview[],
  options: SelectedActOptions,
): Promise<void> {
  const by = desk.act(options);
  const changed: (Changed & { readonly service: Service })[] = [];
  for (const { service, ...selection } of selected) {
    const database = await desk.database(service);
    const done = await database.transaction((tx) => verb.apply(tx, selection, by)).catch(refuse);
    changed.push({ service, ...done });
  }
  if (verb === replay && options.wait) {
    await follow(desk, changed, by);
    return;
  }
  const total = changed.reduce((sum, { count }) => sum + count, 0);
  const outcome = verb === replay ? 'will be sent again' : verb.from === 'open' ? 'discarded' : 'open again';
  desk.report(
    { act: verb.name, count: total, requests: changed },
    () => `${counted(total, 'dead letter')} ${outcome}`,
  );
}

async function edit(desk: Desk, id: string, options: ActOptions & { file: string }): Promise<void> {
  const { service, letter } = await locate(desk, id);
  const body = await bytesOf(options.file);
  const isRehearsal = options.yes !== true;
  const by = isRehearsal ? { operator: 'nobody', why: 'a rehearsal' } : desk.act(options);
  const database = await desk.database(service);
  const changed = await editDeadLetter(database, { id, body }, by, { isRehearsal }).catch(refuse);
  if (changed) {
    await follow(desk, [{ service, ...changed }], by);
    return;
  }
  desk.report(
    { dryRun: true, act: 'edit', count: 1, bytesBefore: letter.bodyBytes, bytes: body.length },
    () =>
      `The new bytes (${body.length} instead of ${letter.bodyBytes}) keep the contract. Nothing was done. To do it, add --yes.`,
  );
}

async function bytesOf(path: string): Promise<Buffer> {
  if (path === '-') return Buffer.from(await readStream(process.stdin));
  return readFile(path).catch((error: Error) => {
    throw new Refused(`${path} cannot be read: ${error.message}`, 2, { cause: error });
  });
}

function refuse(error: unknown): never {
  if (error instanceof MessageRejected || error instanceof NotEditable || error instanceof SelectionChanged) {
    throw new Refused(error.message, 1, { cause: error });
  }
  throw error;
}
