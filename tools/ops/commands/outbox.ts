import type { Command } from 'commander';
import type { Service } from '#contracts';
import { hasCriteria, release, republish } from '#operator-api';
import { listParkedEvents, outboxStatus, type ParkedEvent, type PublishedFilter } from '#outbox';
import type { CommandContext, RunCommand } from '../command-context.js';
import { type ConfirmOptions, withConfirmOptions, withCountOption } from '../confirm-options.js';
import { formatTime, renderTable, toOneLine } from '../format.js';
import { performInServices, printResults } from '../perform-action.js';
import { collectUuids, parseUuid, withPeriodOptions, withServiceOption } from '../selection.js';
import { RefusedError } from '../terminal.js';

const SHOWN_MAX = 100;

/** `ops outbox`, `ops outbox release <id>` and `ops outbox republish` */
export function addOutboxCommands(program: Command, run: RunCommand): void {
  const outbox = program
    .command('outbox')
    .description('pending events, with the age of the oldest, and parked events')
    .action(() => run(show));
  withConfirmOptions(
    outbox.command('release').description(release.description).argument('<id>', 'id of an event', parseUuid),
  ).action((id: string, options: ConfirmOptions) => run((context) => releaseEvent(context, id, options)));
  const republishing = outbox
    .command('republish')
    .description(republish.description)
    .argument('[id...]', 'ids of events', collectUuids)
    .option('--type <event>', 'type of the event, for example order.placed')
    .option('--subject <id>', 'id of an order, or an SKU');
  withPeriodOptions(withServiceOption(republishing), 'published');
  withCountOption(withConfirmOptions(republishing)).action(
    (ids: readonly string[], options: RepublishOptions) =>
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
      { title: 'parked', align: 'right' as const },
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
    { title: 'parked event' },
    { title: 'service' },
    { title: 'type' },
    { title: 'subject' },
    { title: 'parked at' },
    { title: 'error', isElastic: true },
  ];
  return ['', renderTable(context.terminal, columns, rows, '')];
}

async function releaseEvent(context: CommandContext, id: string, options: ConfirmOptions): Promise<void> {
  const results = await performInServices(context, release, id, options, {
    noMatch: `no parked event has the id ${id}`,
    describe: (previews) =>
      previews.flatMap(({ event }) =>
        event ? `${event.type} of ${event.subject} was parked: ${toOneLine(event.lastError)}` : [],
      ),
  });
  if (results) printResults(context, release, results);
}

interface RepublishOptions extends ConfirmOptions, Omit<PublishedFilter, 'ids' | 'since' | 'until'> {
  readonly service?: Service;
  readonly count?: number;
  readonly since?: Date;
  readonly until?: Date;
}

async function republishSelected(
  context: CommandContext,
  ids: readonly string[],
  options: RepublishOptions,
): Promise<void> {
  const { type, subject, since, until } = options;
  const filter = { ids: ids.length > 0 ? ids : undefined, type, subject, since, until };
  if (!hasCriteria(filter)) throw new RefusedError('no selection: give ids, or options that select', 2);
  const results = await performInServices(context, republish, filter, options, {
    noMatch: 'no published event matches; published events are pruned after OUTBOX_RETENTION_HOURS',
  });
  if (results) printResults(context, republish, results);
}
