import { type Command } from 'commander';
import { type Service } from '#contracts';
import {
  countDeadLetters,
  type DeadLetterDetails,
  type DeadLetterGroup,
  type DeadLetterSummary,
  groupDeadLetters,
  listDeadLetters,
  findDeadLetter,
} from '#dead-letters';
import { type Claim, findClaims } from '#inbox';
import { listActions, type OperatorAction } from '#operator-log';
import { listConsumers } from '#operator-api';
import type { CommandContext, RunCommand } from '../command-context.js';
import {
  toFilter,
  parseLimit,
  type SelectionOptions,
  parseUuid,
  withSelectionOptions,
  withStatusOption,
} from '../selection.js';
import { RefusedError } from '../terminal.js';
import { pluralize, toOneLine, renderTable, formatTime } from '../format.js';

const BODY_SHOWN_MAX = 4_000;

/** `ops dead-letters list | groups | show` */
export function addDeadLetterReadCommands(parent: Command, run: RunCommand): void {
  const listing = parent.command('list').description('lists dead letters, the last failed first');
  withStatusOption(withSelectionOptions(listing))
    .option('--limit <count>', 'at most this many per service', parseLimit, 50)
    .action((options: SelectionOptions & { limit: number }) => run((context) => list(context, options)));

  const grouping = parent
    .command('groups')
    .description('groups dead letters by cause, the largest group first');
  withStatusOption(withSelectionOptions(grouping))
    .option('--limit <count>', 'at most this many per service', parseLimit, 50)
    .action((options: SelectionOptions & { limit: number }) => run((context) => groups(context, options)));

  parent
    .command('show')
    .description('shows a dead letter: body, cause, stack, origin, and actions of operators')
    .argument('<id>', 'id of a dead letter', parseUuid)
    .option('--body', 'print only the body, unchanged')
    .action((id: string, { body }: { body?: boolean }) =>
      run((context) => (body === true ? printBody(context, id) : show(context, id))),
    );
}

interface LocatedDeadLetter extends DeadLetterSummary {
  readonly service: Service;
}

async function list(context: CommandContext, options: SelectionOptions & { limit: number }): Promise<void> {
  const filter = toFilter(options);
  const found: LocatedDeadLetter[] = [];
  let total = 0;
  for (const service of context.services(options.service)) {
    const database = await context.database(service);
    total += await countDeadLetters(database, filter);
    const letters = await listDeadLetters(database, filter, options.limit);
    found.push(...letters.map((letter) => ({ service, ...letter })));
  }
  context.printResult({ total, deadLetters: found }, () => {
    const rows = found.map((letter) => [
      letter.id,
      letter.status,
      letter.queue,
      letter.type ?? '–',
      letter.failureReason,
      String(letter.attempts),
      String(letter.occurrences),
      formatTime(letter.lastFailedAt),
      toOneLine(letter.error),
    ]);
    const all = renderTable(context.terminal, LIST_COLUMNS, rows, 'no dead letters');
    return total > found.length ? `${all}\n… ${total - found.length} more; raise --limit` : all;
  });
}

const LIST_COLUMNS = [
  { title: 'id' },
  { title: 'status' },
  { title: 'queue' },
  { title: 'type' },
  { title: 'failure reason' },
  { title: 'attempts', align: 'right' as const },
  { title: 'occurrences', align: 'right' as const },
  { title: 'last failed' },
  { title: 'error', isElastic: true },
];

export interface LocatedGroup extends DeadLetterGroup {
  readonly service: Service;
}

async function groups(context: CommandContext, options: SelectionOptions & { limit: number }): Promise<void> {
  const filter = toFilter(options);
  const found = await context.readFromEach(
    (database) => groupDeadLetters(database, filter, options.limit),
    options.service,
  );
  context.printResult(found, () => formatGroups(context, found));
}

/** The table of `ops dead-letters groups` and of dry runs. */
export function formatGroups(context: CommandContext, found: readonly LocatedGroup[]): string {
  const rows = found.map((group) => [
    group.cause,
    group.service,
    String(group.count),
    group.type ?? '–',
    group.failureReason,
    formatTime(group.lastFailedAt),
    toOneLine(group.error),
  ]);
  const columns = [
    { title: 'cause' },
    { title: 'service' },
    { title: 'count', align: 'right' as const },
    { title: 'type' },
    { title: 'failure reason' },
    { title: 'last failed' },
    { title: 'error', isElastic: true },
  ];
  return renderTable(context.terminal, columns, rows, 'no dead letters');
}

/** Finds a dead letter in any service. @throws RefusedError when no service has it */
async function locateDeadLetter(
  context: CommandContext,
  id: string,
): Promise<{ readonly service: Service; readonly letter: DeadLetterDetails }> {
  for (const service of context.services()) {
    const letter = await findDeadLetter(await context.database(service), id);
    if (letter) return { service, letter };
  }
  throw new RefusedError(`no dead letter has the id ${id} in ${context.services().join(', ')}`);
}

async function printBody(context: CommandContext, id: string): Promise<void> {
  const { letter } = await locateDeadLetter(context, id);
  context.terminal.print(Buffer.from(letter.bodyBase64, 'base64').toString('utf8'));
}

async function show(context: CommandContext, id: string): Promise<void> {
  const { service, letter } = await locateDeadLetter(context, id);
  const database = await context.database(service);
  const actions = await listActions(database, id, 100);
  const messageId = letter.messageId ?? '';
  const claims = isUuid(messageId) ? await findClaims(database, listConsumers(service), messageId) : [];
  context.printResult({ service, ...letter, claims, operatorLog: actions }, () =>
    describe(letter, claims, actions),
  );
}

function describe(
  letter: DeadLetterDetails,
  claims: readonly Claim[],
  actions: readonly OperatorAction[],
): string {
  const facts: readonly (readonly [string, string])[] = [
    ['id', letter.id],
    ['status', letter.status],
    ['queue', letter.queue],
    ['message', `${letter.messageId ?? 'no id'}  ${letter.type ?? 'no type'}`],
    [
      'published',
      `${letter.exchange || '(default exchange)'} ${letter.routingKey} by ${letter.publishedBy ?? 'an unknown user'}`,
    ],
    [
      'failed',
      `${pluralize(letter.occurrences, 'time')}, first ${formatTime(letter.firstFailedAt)}, last ${formatTime(letter.lastFailedAt)}`,
    ],
    ['attempts', `${letter.attempts}, with ${pluralize(letter.replays, 'replay')}`],
    [
      'claims',
      claims.map(({ outcome, claimedAt }) => `${outcome} ${formatTime(claimedAt)}`).join(', ') || 'none',
    ],
    ['failure', `${letter.failureReason}  (cause ${letter.cause})`],
    ['error', letter.error],
  ];
  return [
    ...facts.map(([name, fact]) => `${name.padEnd(10)} ${fact}`),
    ...(letter.stack === null ? [] : ['', letter.stack]),
    '',
    `${pluralize(letter.bodyBytes, 'byte')}:`,
    describeBody(Buffer.from(letter.bodyBase64, 'base64')),
    ...(actions.length > 0 ? ['', 'operator log:'] : []),
    ...actions.map(
      ({ at, action, operator, reason }) =>
        `  ${formatTime(at)}  ${action} by ${operator}: ${toOneLine(reason)}`,
    ),
  ].join('\n');
}

/** Indents JSON. Prints any other text as a JSON string, so control characters do not reach the terminal. */
function describeBody(body: Buffer): string {
  const text = body.toString('utf8');
  try {
    return truncateBody(JSON.stringify(JSON.parse(text), null, 2));
  } catch {
    return truncateBody(JSON.stringify(text));
  }
}

function truncateBody(text: string): string {
  return text.length <= BODY_SHOWN_MAX ? text : `${text.slice(0, BODY_SHOWN_MAX)}… (--body prints all)`;
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
