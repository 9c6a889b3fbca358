import { type Command, Option } from 'commander';
import { type Service, services } from '#contracts';
import { isNarrow, releaseEvent, republish, REPUBLISHED_MAX } from '#operator-api';
import {
  countPublished,
  findSetAside,
  listSetAside,
  outboxStatus,
  type PublishedFilter,
  type SetAsideEvent,
} from '#outbox';
import { type ActOptions, withAct } from '../confirm-options.js';
import type { Desk } from '../command-context.js';
import { count, instant, uuid, uuids } from '../selection.js';
import { Refused } from '../terminal.js';
import { counted, oneLine, table, time } from '../format.js';

const SHOWN_MAX = 100;

/** `ops outbox` and `ops outbox release <id>` */
export function addOutboxCommands(
  program: Command,
  run: (work: (desk: Desk) => Promise<void>) => Promise<void>,
): void {
  const outbox = program
    .command('outbox')
    .description('what waits to be published, since when, and what is set aside')
    .action(() => run(show));
  withAct(
    outbox
      .command('release')
      .description('has the relay try an event again that was set aside')
      .argument('<id>', 'its id', uuid),
  ).action((id: string, options: ActOptions) => run((desk) => release(desk, id, options)));
  withAct(
    outbox
      .command('republish')
      .description('has the relay publish events once more, for a consumer that missed them')
      .argument('[id...]', 'their ids', uuids),
  )
    .addOption(new Option('--service <name>', 'of one service').choices([...services]))
    .option('--type <event>', 'such as order.placed')
    .option('--subject <id>', 'of one order, or one SKU')
    .option('--since <when>', 'published since: 2h, 3d, or 2026-11-21T10:00Z', instant)
    .option('--until <when>', 'published before', instant)
    .option('--count <number>', 'does it if it is exactly so many', count)
    .action((ids: readonly string[], options: RepublishOptions) =>
      run((desk) => republishSelected(desk, ids, options)),
    );
}

async function show(desk: Desk): Promise<void> {
  const outboxes = await desk.ofEach(async (database) => [
    { ...(await outboxStatus(database)), events: await listSetAside(database, SHOWN_MAX) },
  ]);
  desk.report(outboxes, () => {
    const rows = outboxes.map(({ service, pending, oldestAt, setAside }) => [
      service,
      String(pending),
      time(oldestAt),
      String(setAside),
    ]);
    const columns = [
      { title: 'service' },
      { title: 'pending', align: 'right' as const },
      { title: 'oldest' },
      { title: 'set aside', align: 'right' as const },
    ];
    const aside = outboxes.flatMap(({ service, events }) => events.map((event) => ({ service, event })));
    return [table(desk.terminal, columns, rows, ''), ...describeAside(desk, aside)].join('\n');
  });
}

function describeAside(
  desk: Desk,
  events: readonly { readonly service: Service; readonly event: SetAsideEvent }[],
): string[] {
  if (events.length === 0) return [];
  const rows = events.map(({ service, event }) => [
    event.id,
    service,
    event.type,
    event.subject,
    time(event.setAsideAt),
    oneLine(event.lastError),
  ]);
  const columns = [
    { title: 'set aside' },
    { title: 'service' },
    { title: 'type' },
    { title: 'subject' },
    { title: 'since' },
    { title: 'error', isElastic: true },
  ];
  return ['', table(desk.terminal, columns, rows, '')];
}

async function release(desk: Desk, id: string, options: ActOptions): Promise<void> {
  for (const service of desk.services()) {
    const database = await desk.database(service);
    const event = await findSetAside(database, id);
    if (!event) continue;
    if (options.yes !== true) {
      const { type, subject, lastError } = event;
      desk.report(
        { dryRun: true, act: 'release', service, event },
        () =>
          `Would have ${service} publish ${type} of ${subject} again. It was set aside because of: ` +
          `${oneLine(lastError)}\nNothing was done. To do it, add --yes.`,
      );
      return;
    }
    const by = desk.act(options);
    if (!(await releaseEvent(database, id, by))) throw new Refused(`${id} is not set aside any more`);
    desk.report({ act: 'release', service, id }, () => `${counted(1, 'event')} of ${service} released`);
    return;
  }
  throw new Refused(`no event ${id} is set aside in ${desk.services().join(', ')}`);
}

interface RepublishOptions extends ActOptions, Omit<PublishedFilter, 'ids'> {
  readonly service?: Service;
  readonly count?: number;
}

async function republishSelected(
  desk: Desk,
  ids: readonly string[],
  { service: only, type, subject, since, until, ...consent }: RepublishOptions,
): Promise<void> {
  const filter = { ids: ids.length > 0 ? ids : undefined, type, subject, since, until };
  if (!isNarrow(filter)) throw new Refused('which ones? Give ids, or options that select some', 2);
  const found: { service: Service; expected: number }[] = [];
  for (const service of desk.services(only)) {
    const expected = await countPublished(await desk.database(service), filter);
    if (expected > 0) found.push({ service, expected });
  }
  const total = found.reduce((sum, { expected }) => sum + expected, 0);
  const what = `${counted(total, 'event')} of ${found.map(({ service }) => service).join(', ')}`;
  if (total === 0) throw new Refused('no event that is published, and kept, is like that');
  if (total > REPUBLISHED_MAX) {
    const most = REPUBLISHED_MAX.toLocaleString('en');
    throw new Refused(`it would be ${what}, and more than ${most} could fill the outbox: narrow it`);
  }
  if (consent.count !== undefined && consent.count !== total) {
    throw new Refused(`it would be ${what}, not ${consent.count}: nothing was done`);
  }
  if (consent.yes !== true && consent.count === undefined) {
    desk.report(
      { dryRun: true, act: 'republish', count: total, found },
      () => `Would publish ${what} again. Nothing was done. To do it, add --count ${total} or --yes.`,
    );
    return;
  }
  const by = desk.act(consent);
  for (const { service, expected } of found) {
    await republish(await desk.database(service), { filter, expected }, by);
  }
  desk.report({ act: 'republish', count: total, found }, () => `${what} will be published again`);
}
