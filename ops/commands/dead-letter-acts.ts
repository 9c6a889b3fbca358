import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import { type Command, InvalidArgumentError } from 'commander';
import { type Service, subscriptions } from '#contracts';
import type { Transaction } from '#database';
import {
  type Changed,
  type DeadLetterFilter,
  type DeadLetterStatus,
  discardDeadLetters,
  editDeadLetter,
  groupDeadLetters,
  countDeadLetters,
  NotEditable,
  reopenDeadLetters,
  replayDeadLetters,
  type Selection,
  SelectionChanged,
} from '#dead-letters';
import { MessageRejected } from '#messaging';
import type { Act } from '#operator-acts';
import type { Desk } from '../desk.js';
import { type ActOptions, withAct } from '../act.js';
import { consumersOf, narrowed, type SelectionOptions, uuid, uuids, withSelection } from '../selection.js';
import { Refused } from '../terminal.js';
import { counted } from '../text.js';
import { describeGroups, type LocatedGroup, locate } from './dead-letters.js';
import { follow } from './replay-progress.js';

interface SelectedActOptions extends ActOptions, SelectionOptions {
  readonly all?: boolean;
  readonly count?: number;
  readonly wait: boolean;
}

/** What is done to a selection of dead letters. */
interface Verb {
  readonly name: string;
  readonly description: string;
  readonly from: DeadLetterStatus;
  readonly apply: (tx: Transaction, selection: Selection, by: Act) => Promise<Changed>;
}

const replay: Verb = {
  name: 'replay',
  description: 'sends them again, each to its own consumer, with the id it has',
  from: 'open',
  apply: replayDeadLetters,
};

const verbs: readonly Verb[] = [
  replay,
  { name: 'discard', description: 'puts them away for good', from: 'open', apply: discardDeadLetters },
  { name: 'reopen', description: 'undoes a discard', from: 'discarded', apply: reopenDeadLetters },
];

/** `ops dead-letters replay | discard | reopen | edit` */
export function addActingCommands(
  parent: Command,
  run: (work: (desk: Desk) => Promise<void>) => Promise<void>,
): void {
  for (const verb of verbs) {
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

interface Preview {
  readonly service: Service;
  readonly filter: DeadLetterFilter;
  readonly count: number;
}

async function changeSelected(
  desk: Desk,
  verb: Verb,
  ids: readonly string[],
  options: SelectedActOptions,
): Promise<void> {
  const filter = { ...narrowed(options, ids), status: [verb.from] };
  const previews: Preview[] = [];
  for (const service of desk.services(options.service)) {
    const ofService = verb === replay ? { ...filter, consumers: consumersOf(service) } : filter;
    previews.push({
      service,
      filter: ofService,
      count: await countDeadLetters(await desk.database(service), ofService),
    });
  }
  const total = previews.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) throw new Refused(`nothing to ${verb.name}: ${nothing(verb, ids)}`);
  if (options.count !== undefined && options.count !== total) {
    throw new Refused(`it would be ${counted(total, 'dead letter')}, not ${options.count}: nothing was done`);
  }
  if (options.yes !== true && options.count === undefined) {
    await dryRun(desk, verb, previews, total);
    return;
  }
  const selected = previews.filter(({ count }) => count > 0);
  await carryOut(desk, verb, selected, options);
}

function nothing({ from }: Verb, ids: readonly string[]): string {
  return ids.length > 0 ? `none of these is there and ${from}` : `no ${from} dead letter is like that`;
}

async function dryRun(desk: Desk, verb: Verb, previews: readonly Preview[], total: number): Promise<void> {
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
  verb: Verb,
  selected: readonly Preview[],
  options: SelectedActOptions,
): Promise<void> {
  const by = desk.act(options);
  const changed: (Changed & { readonly service: Service })[] = [];
  for (const { service, filter, count } of selected) {
    const database = await desk.database(service);
    const selection = { filter, expected: count };
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
  const by = desk.act(options);
  const database = await desk.database(service);
  // The dry run does it, too, and takes it back: whatever would be refused is.
  const attempt = database.transaction(async (tx) => {
    const done = await editDeadLetter(tx, subscriptions, { id, body }, by);
    if (options.yes !== true) throw new DryRun();
    return done;
  });
  const changed = await attempt.catch((error: unknown) =>
    error instanceof DryRun ? undefined : refuse(error),
  );
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

class DryRun extends Error {}

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

function count(given: string): number {
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new InvalidArgumentError('It is no number.');
}
