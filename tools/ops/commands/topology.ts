import type { Command } from 'commander';
import { v7 as uuidv7 } from 'uuid';
import { services } from '#contracts';
import {
  applyTopology,
  diffTopology,
  missingByName,
  namesIn,
  readTopology,
  type Topology,
  TopologyConflict,
  type TopologyDiff,
} from '#messaging';
import { type Act, recordActs } from '#operator-log';
import { type ActOptions, withAct } from '../confirm-options.js';
import { brokerUrl, managementOf, wantedTopology, withBroker } from '../broker.js';
import { type Desk, missing } from '../command-context.js';
import { Refused } from '../terminal.js';
import { counted } from '../format.js';
import { prunable, type Prunable, pruneTopology } from '../prune-topology.js';

/** `ops topology diff | apply | prune` */
export function addTopologyCommands(
  program: Command,
  run: (work: (desk: Desk) => Promise<void>) => Promise<void>,
): void {
  const topology = program
    .command('topology')
    .description('what the code wants of the broker, and what it has');
  topology
    .command('diff')
    .description(
      'what is missing, different, or not wanted any more; exit code 1 when anything is missing or different',
    )
    .action(() => run(diff));
  withAct(
    topology.command('apply').description('makes what is missing; without --yes only says what'),
  ).action((options: ActOptions) => run((desk) => apply(desk, options)));
  withAct(
    topology
      .command('prune')
      .description('removes what is ours, not wanted, and empty; without --yes only says what'),
  ).action((options: ActOptions) => run((desk) => prune(desk, options)));
}

/** What the management API tells; without it, only what is missing by name. */
async function look(desk: Desk): Promise<TopologyDiff & { readonly isComplete: boolean }> {
  const wanted = wantedTopology(desk.config);
  const management = managementOf(desk.config);
  if (management) return { ...diffTopology(wanted, await readTopology(management)), isComplete: true };
  const missing = await withBroker(desk.config, (connection) => missingByName(connection, wanted));
  return { missing, different: [], extra: NOTHING, isComplete: false };
}

const NOTHING: Topology = { exchanges: [], queues: [], bindings: [] };

async function diff(desk: Desk): Promise<void> {
  const found = await look(desk);
  desk.report(found, () => describe(found).join('\n'));
  if (sizeOf(found.missing) + found.different.length > 0) {
    throw new Refused('the broker has not what the code wants: npm run ops -- topology apply');
  }
}

function describe({
  missing,
  different,
  extra,
  isComplete,
}: TopologyDiff & { readonly isComplete: boolean }): string[] {
  const lines = [
    ...namesIn(missing).map((name) => `- missing    ${name}`),
    ...different.map(
      ({ name, wanted, found }) =>
        `≠ different  ${name}\n    wanted ${JSON.stringify(wanted)}\n    found  ${JSON.stringify(found)}`,
    ),
    ...namesIn(extra).map((name) => `+ not wanted ${name}`),
  ];
  if (lines.length === 0) lines.push('the broker has what the code wants, and nothing else of ours');
  if (!isComplete) {
    lines.push(
      'bindings, arguments and what is not wanted were not looked at: that needs OPS_RABBITMQ_MANAGEMENT_URL',
    );
  }
  return lines;
}

function sizeOf({ exchanges, queues, bindings }: Topology): number {
  return exchanges.length + queues.length + bindings.length;
}

async function apply(desk: Desk, options: ActOptions): Promise<void> {
  const before = await look(desk);
  const names = namesIn(before.missing);
  if (options.yes !== true) {
    desk.report({ dryRun: true, act: 'apply', missing: before.missing }, () =>
      [
        ...describe(before),
        '',
        `Would make ${counted(names.length, 'thing')}. Nothing was done. To do it, add --yes.`,
      ].join('\n'),
    );
    return;
  }
  const by = desk.act(options);
  await applyTopology(brokerUrl(desk.config), wantedTopology(desk.config)).catch((error: unknown) => {
    if (error instanceof TopologyConflict) throw new Refused(error.message, 1, { cause: error });
    throw new Refused(`the topology could not be applied: ${(error as Error).message}`, 2, { cause: error });
  });
  await record(desk, 'apply topology', names, by);
  desk.report({ act: 'apply', made: before.missing }, () => `made ${counted(names.length, 'thing')}`);
}

async function prune(desk: Desk, options: ActOptions): Promise<void> {
  const management = managementOf(desk.config);
  if (!management) throw missing('RABBITMQ_MANAGEMENT_URL');
  const found = await look(desk);
  if (sizeOf(found.missing) > 0) {
    throw new Refused(
      'something is missing: apply first, or messages that lose their old way would have none',
    );
  }
  const plan = await prunable(management, found.extra);
  if (options.yes !== true) {
    desk.report({ dryRun: true, act: 'prune', ...plan }, () => describePlan(plan).join('\n'));
    return;
  }
  const by = desk.act(options);
  const done = await withBroker(desk.config, (connection) => pruneTopology(connection, plan));
  await record(desk, 'prune topology', namesIn(done.removed), by);
  desk.report({ act: 'prune', ...done }, () =>
    [
      `removed ${counted(sizeOf(done.removed), 'thing')}`,
      ...done.kept.map(({ name, why }) => `kept ${name}: ${why}`),
    ].join('\n'),
  );
}

function describePlan({ removed, kept }: Prunable): string[] {
  return [
    ...namesIn(removed).map((name) => `+ would remove ${name}`),
    ...kept.map(({ name, why }) => `  would keep ${name}: ${why}`),
    '',
    `Would remove ${counted(sizeOf(removed), 'thing')}. Nothing was done. To do it, add --yes.`,
  ];
}

/** In the record of the service whose it is, where its database is known. */
async function record(desk: Desk, act: string, names: readonly string[], by: Act): Promise<void> {
  const request = uuidv7();
  const known = services.filter((service) => desk.knows(service));
  for (const service of known) {
    const subjects = names.filter((name) => name.includes(` ${service}.`));
    if (subjects.length === 0) continue;
    const database = await desk.database(service);
    await database.transaction((tx) => recordActs(tx, { ...by, act, request, subjects }));
  }
}
