import { type Command } from 'commander';
import { type Service } from '#contracts';
import {
  countDeadLetters,
  type DeadLetterDetails,
  type DeadLetterGroup,
  type DeadLetterSummary,
  groupDeadLetters,
  listDeadLetters,
  showDeadLetter,
} from '#dead-letters';
import { type Claim, findClaims } from '#inbox';
import { listActs, type OperatorAct } from '#operator-log';
import { consumersOf } from '#operator-api';
import type { Desk } from '../command-context.js';
import { filterOf, limit, type SelectionOptions, uuid, withSelection, withStatus } from '../selection.js';
import { Refused } from '../terminal.js';
import { counted, oneLine, table, time } from '../format.js';

const BODY_SHOWN_MAX = 4_000;

/** `ops dead-letters list | groups | show` */
export function addReadingCommands(
  parent: Command,
  run: (work: (desk: Desk) => Promise<void>) => Promise<void>,
): void {
  const listing = parent.command('list').description('the dead letters, the latest first');
  withStatus(withSelection(listing))
    .option('--limit <count>', 'at most so many of each service', limit, 50)
    .action((options: SelectionOptions & { limit: number }) => run((desk) => list(desk, options)));

  const grouping = parent.command('groups').description('the dead letters by cause, the most frequent first');
  withStatus(withSelection(grouping))
    .option('--limit <count>', 'at most so many of each service', limit, 50)
    .action((options: SelectionOptions & { limit: number }) => run((desk) => groups(desk, options)));

  parent
    .command('show')
    .description('one dead letter: its bytes, cause, stack, origin, and what operators did to it')
    .argument('<id>', 'its id', uuid)
    .option('--body', 'only its bytes, as they are')
    .action((id: string, { body }: { body?: boolean }) =>
      run((desk) => (body === true ? printBody(desk, id) : show(desk, id))),
    );
}

interface Located extends DeadLetterSummary {
  readonly service: Service;
}

async function list(desk: Desk, options: SelectionOptions & { limit: number }): Promise<void> {
  const filter = filterOf(options);
  const found: Located[] = [];
  let total = 0;
  for (const service of desk.services(options.service)) {
    const database = await desk.database(service);
    total += await countDeadLetters(database, filter);
    const letters = await listDeadLetters(database, filter, options.limit);
    found.push(...letters.map((letter) => ({ service, ...letter })));
  }
  desk.report({ total, deadLetters: found }, () => {
    const rows = found.map((letter) => [
      letter.id,
      letter.status,
      letter.queue,
      letter.type ?? '–',
      letter.reason,
      String(letter.attempts),
      String(letter.occurrences),
      time(letter.lastFailedAt),
      oneLine(letter.error),
    ]);
    const all = table(desk.terminal, LIST_COLUMNS, rows, 'no dead letters');
    return total > found.length ? `${all}\n… ${total - found.length} more; --limit shows more` : all;
  });
}

const LIST_COLUMNS = [
  { title: 'id' },
  { title: 'status' },
  { title: 'queue' },
  { title: 'type' },
  { title: 'reason' },
  { title: 'attempts', align: 'right' as const },
  { title: 'times', align: 'right' as const },
  { title: 'failed last' },
  { title: 'error', isElastic: true },
];

export interface LocatedGroup extends DeadLetterGroup {
  readonly service: Service;
}

async function groups(desk: Desk, options: SelectionOptions & { limit: number }): Promise<void> {
  const filter = filterOf(options);
  const found = await desk.ofEach(
    (database) => groupDeadLetters(database, filter, options.limit),
    options.service,
  );
  desk.report(found, () => describeGroups(desk, found));
}

/** A table of groups, which is also what a dry run shows. */
export function describeGroups(desk: Desk, found: readonly LocatedGroup[]): string {
  const rows = found.map((group) => [
    group.cause,
    group.service,
    String(group.count),
    group.type ?? '–',
    group.reason,
    time(group.lastFailedAt),
    oneLine(group.error),
  ]);
  const columns = [
    { title: 'cause' },
    { title: 'service' },
    { title: 'count', align: 'right' as const },
    { title: 'type' },
    { title: 'reason' },
    { title: 'failed last' },
    { title: 'error', isElastic: true },
  ];
  return table(desk.terminal, columns, rows, 'no dead letters');
}

/** Looks for a dead letter in every service. @throws Refused when no one has it */
export async function locate(
  desk: Desk,
  id: string,
): Promise<{ readonly service: Service; readonly letter: DeadLetterDetails }> {
  for (const service of desk.services()) {
    const letter = await showDeadLetter(await desk.database(service), id);
    if (letter) return { service, letter };
  }
  throw new Refused(`there is no dead letter ${id} in ${desk.services().join(', ')}`);
}

async function printBody(desk: Desk, id: string): Promise<void> {
  const { letter } = await locate(desk, id);
  desk.terminal.print(Buffer.from(letter.bodyBase64, 'base64').toString('utf8'));
}

async function show(desk: Desk, id: string): Promise<void> {
  const { service, letter } = await locate(desk, id);
  const database = await desk.database(service);
  const acts = await listActs(database, id, 100);
  const messageId = letter.messageId ?? '';
  const claims = uuidLike(messageId) ? await findClaims(database, consumersOf(service), messageId) : [];
  desk.report({ service, ...letter, claims, acts }, () => describe(letter, claims, acts));
}

function describe(letter: DeadLetterDetails, claims: readonly Claim[], acts: readonly OperatorAct[]): string {
  const facts: readonly (readonly [string, string])[] = [
    ['id', letter.id],
    ['status', letter.status],
    ['queue', letter.queue],
    ['message', `${letter.messageId ?? 'without an id'}  ${letter.type ?? 'of no type'}`],
    [
      'published',
      `${letter.exchange || '(the queue itself)'} ${letter.routingKey} by ${letter.publishedBy ?? 'nobody'}`,
    ],
    [
      'failed',
      `${counted(letter.occurrences, 'time')}, first ${time(letter.firstFailedAt)}, last ${time(letter.lastFailedAt)}`,
    ],
    ['attempts', `${letter.attempts}, sent again by operators ${counted(letter.replays, 'time')}`],
    [
      'handled',
      claims.map(({ outcome, claimedAt }) => `${outcome} ${time(claimedAt)}`).join(', ') || 'never',
    ],
    ['reason', `${letter.reason}  (cause ${letter.cause})`],
    ['error', letter.error],
  ];
  return [
    ...facts.map(([name, fact]) => `${name.padEnd(10)} ${fact}`),
    ...(letter.stack === null ? [] : ['', letter.stack]),
    '',
    `${counted(letter.bodyBytes, 'byte')}:`,
    describeBody(Buffer.from(letter.bodyBase64, 'base64')),
    ...(acts.length > 0 ? ['', 'what operators did:'] : []),
    ...acts.map(({ at, act, operator, why }) => `  ${time(at)}  ${act} by ${operator}: ${oneLine(why)}`),
  ].join('\n');
}

/** JSON is laid out; anything else is shown as it would be written in a string, so that nothing in it moves the cursor. */
function describeBody(body: Buffer): string {
  const text = body.toString('utf8');
  try {
    return cut(JSON.stringify(JSON.parse(text), null, 2));
  } catch {
    return cut(JSON.stringify(text));
  }
}

function cut(text: string): string {
  return text.length <= BODY_SHOWN_MAX ? text : `${text.slice(0, BODY_SHOWN_MAX)}… (--body shows all of it)`;
}

function uuidLike(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
