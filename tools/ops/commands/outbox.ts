import { type Command, Option } from 'commander';
import { type Service, services } from '#contracts';
import { hasCriteria, releaseEvent, republish, REPUBLISH_MAX } from '#operator-api';
import {
  countPublished,
  findParkedEvent,
  listParkedEvents,
  outboxStatus,
  type PublishedFilter,
  type ParkedEvent,
} from '#outbox';
import { type ConfirmOptions, withConfirmOptions } from '../confirm-options.js';
import type { CommandContext } from '../command-context.js';
import { parseCount, parseInstant, parseUuid, collectUuids } from '../selection.js';
import { RefusedError } from '../terminal.js';
import { pluralize, toOneLine, renderTable, formatTime } from '../format.js';

const SHOWN_MAX = 100;

/** `ops outbox` and `ops outbox release <id>` */
export function addOutboxCommands(
  program: Command,
  run: (work: (context: CommandContext) => Promise<void>) => Promise<void>,
): void {
  const outbox = program
    .command('outbox')
    .description('what waits to be published, since when, and what is set aside')
    .action(() => run(show));
  withConfirmOptions(
    outbox
      .command('release')
      .description('has the relay try an event again that was set aside')
      .argument('<id>', 'its id', parseUuid),
  ).action((id: string, options: ConfirmOptions) => run((context) => release(context, id, options)));
  withConfirmOptions(
    outbox
      .command('republish')
      .description('has the relay publish events once more, for a consumer that missed them')
      .argument('[id...]', 'their ids', collectUuids),
  )
    .addOption(new Option('--service <name>', 'of one service').choices([...services]))
    .option('--type <event>', 'such as order.placed')
    .option('--subject <id>', 'of one order, or one SKU')
    .option('--since <when>', 'published since: 2h, 3d, or 2026-11-21T10:00Z', parseInstant)
    .option('--until <when>', 'published before', parseInstant)
    .option('--count <number>', 'does it if it is exactly so many', parseCount)
    .action((ids: readonly string[], options: RepublishOptions) =>
      run((context) => republishSelected(context, ids, options)),
    );
}

async function show(context: CommandContext): Promise<void> {
  const outboxes = await context.readFromEach(async (database) => [
    { ...(await outboxStatus(database)), events: await listParkedEvents(database, SHOWN_MAX) },
  ]);
  context.printResult(outboxes, () => {
    const rows = outboxes.map(({ service, pending, oldestPendingAt, parked }) => [
      service,
      String(pending),
      formatTime(oldestPendingAt),
      String(parked),
    ]);
    const columns = [
      { title: 'service' },
      { title: 'pending', align: 'right' as const },
      { title: 'oldest' },
      { title: 'set aside', align: 'right' as const },
    ];
    const parked = outboxes.flatMap(({ service, events }) => events.map((event) => ({ service, event })));
    return [renderTable(context.terminal, columns, rows, ''), ...formatParked(context, parked)].join('\n');
  });
}

function formatParked(
  context: CommandContext,
  events: readonly { readonly service: Service; readonly event: ParkedEvent }[],
): string[] {
  if (events.length === 0) return [];
  const rows = events.map(({ service, event }) => [
    event.id,
    service,
    event.type,
    event.subject,
    formatTime(event.parkedAt),
    toOneLine(event.lastError),
  ]);
  const columns = [
    { title: 'set aside' },
    { title: 'service' },
    { title: 'type' },
    { title: 'subject' },
    { title: 'since' },
    { title: 'error', isElastic: true },
  ];
  return ['', renderTable(context.terminal, columns, rows, '')];
}

async function release(context: CommandContext, id: string, options: ConfirmOptions): Promise<void> {
  for (const service of context.services()) {
    const database = await context.database(service);
    const event = await findParkedEvent(database, id);
    if (!event) continue;
    if (options.yes !== true) {
      const { type, subject, lastError } = event;
      context.printResult(
        { dryRun: true, action: 'release', service, event },
        () =>
          `Would have ${service} publish ${type} of ${subject} again. It was set aside because of: ` +
          `${toOneLine(lastError)}\nNothing was done. To do it, add --yes.`,
      );
      return;
    }
    const by = context.operatorContext(options);
    if (!(await releaseEvent(database, id, by))) throw new RefusedError(`${id} is not set aside any more`);
    context.printResult(
      { action: 'release', service, id },
      () => `${pluralize(1, 'event')} of ${service} released`,
    );
    return;
  }
  throw new RefusedError(`no event ${id} is set aside in ${context.services().join(', ')}`);
}

interface RepublishOptions extends ConfirmOptions, Omit<PublishedFilter, 'ids'> {
  readonly service?: Service;
  readonly count?: number;
}

async function republishSelected(
  context: CommandContext,
  ids: readonly string[],
  { service: only, type, subject, since, until, ...consent }: RepublishOptions,
): Promise<void> {
  const filter = { ids: ids.length > 0 ? ids : undefined, type, subject, since, until };
  if (!hasCriteria(filter)) throw new RefusedError('which ones? Give ids, or options that select some', 2);
  const found: { service: Service; expected: number }[] = [];
  for (const service of context.services(only)) {
    const expected = await countPublished(await context.database(service), filter);
    if (expected > 0) found.push({ service, expected });
  }
  const total = found.reduce((sum, { expected }) => sum + expected, 0);
  const summary = `${pluralize(total, 'event')} of ${found.map(({ service }) => service).join(', ')}`;
  if (total === 0) throw new RefusedError('no event that is published, and kept, is like that');
  if (total > REPUBLISH_MAX) {
    const max = REPUBLISH_MAX.toLocaleString('en');
    throw new RefusedError(`it would be ${summary}, and more than ${max} could fill the outbox: narrow it`);
  }
  if (consent.count !== undefined && consent.count !== total) {
    throw new RefusedError(`it would be ${summary}, not ${consent.count}: nothing was done`);
  }
  if (consent.yes !== true && consent.count === undefined) {
    context.printResult(
      { dryRun: true, action: 'republish', count: total, found },
      () => `Would publish ${summary} again. Nothing was done. To do it, add --count ${total} or --yes.`,
    );
    return;
  }
  const by = context.operatorContext(consent);
  for (const { service, expected } of found) {
    await republish(await context.database(service), { filter, expected }, by);
  }
  context.printResult(
    { action: 'republish', count: total, found },
    () => `${summary} will be published again`,
  );
}
