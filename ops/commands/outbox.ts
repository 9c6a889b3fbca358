import type { Command } from 'commander';
import { v7 as uuidv7 } from 'uuid';
import type { Service } from '#contracts';
import { recordActs } from '#operator-acts';
import { listSetAside, outboxStatus, releaseSetAside, type SetAsideEvent } from '#outbox';
import { type ActOptions, withAct } from '../act.js';
import type { Desk } from '../desk.js';
import { uuid } from '../selection.js';
import { Refused } from '../terminal.js';
import { counted, oneLine, table, time } from '../text.js';

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
    const events = await listSetAside(database, 1_000_000);
    const event = events.find((found) => found.id === id);
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
    await database.transaction(async (tx) => {
      if (!(await releaseSetAside(tx, id))) throw new Refused(`${id} is not set aside any more`);
      await recordActs(tx, { ...by, act: 'release', request: uuidv7(), subjects: [id] });
    });
    desk.report({ act: 'release', service, id }, () => `${counted(1, 'event')} of ${service} released`);
    return;
  }
  throw new Refused(`no event ${id} is set aside in ${desk.services().join(', ')}`);
}
