import type { Command } from 'commander';
import { v7 as uuidv7 } from 'uuid';
import { services } from '#contracts';
import {
  applyTopology,
  describePolicyEffect,
  diffTopology,
  findMissingByName,
  listTopologyEntries,
  readTopology,
  type Topology,
  TopologyConflictError,
  type TopologyDiff,
} from '#messaging';
import { type Attribution, recordActions } from '#operator-log';
import { type ConfirmOptions, withConfirmOptions } from '../confirm-options.js';
import { brokerUrl, createManagementApi, desiredTopology, withConnection } from '../broker.js';
import { type CommandContext, missingVariable, type RunCommand } from '../command-context.js';
import { RefusedError } from '../terminal.js';
import { pluralize } from '../format.js';
import { planPrune, type PrunePlan, pruneTopology } from '../prune-topology.js';

/** `ops topology diff | apply | prune` */
export function addTopologyCommands(program: Command, run: RunCommand): void {
  const topology = program
    .command('topology')
    .description('compares the broker with the contracts and subscriptions, and applies them');
  topology
    .command('diff')
    .description(
      'lists missing, different and unexpected objects; exit code 1 when one is missing or different',
    )
    .action(() => run(diff));
  withConfirmOptions(
    topology.command('apply').description('creates missing exchanges, queues and bindings'),
  ).action((options: ConfirmOptions) => run((context) => apply(context, options)));
  withConfirmOptions(
    topology
      .command('prune')
      .description(
        'removes unexpected exchanges, queues and bindings; keeps queues with messages or consumers',
      ),
  ).action((options: ConfirmOptions) => run((context) => prune(context, options)));
}

/** Without the management API, only exchanges and queues that are missing by name are found. */
async function readDiff(context: CommandContext): Promise<TopologyDiff & { readonly isComplete: boolean }> {
  const desired = desiredTopology(context.config);
  const management = createManagementApi(context.config);
  if (management) return { ...diffTopology(desired, await readTopology(management)), isComplete: true };
  const missing = await withConnection(context.config, (connection) =>
    findMissingByName(connection, desired),
  );
  return { missing, different: [], extra: EMPTY_TOPOLOGY, policies: [], isComplete: false };
}

const EMPTY_TOPOLOGY: Topology = { exchanges: [], queues: [], bindings: [] };

async function diff(context: CommandContext): Promise<void> {
  const found = await readDiff(context);
  context.printResult(found, () => describe(found).join('\n'));
  if (countObjects(found.missing) + found.different.length > 0) {
    throw new RefusedError('the topology of the broker is incomplete: npm run ops -- topology apply');
  }
  if (found.policies.length > 0) {
    throw new RefusedError(
      'a policy changes queues of the shop: remove it, or narrow its pattern (rabbitmqctl clear_policy or clear_operator_policy)',
    );
  }
}

function describe({
  missing,
  different,
  extra,
  policies,
  isComplete,
}: TopologyDiff & { readonly isComplete: boolean }): string[] {
  const lines = [
    ...listTopologyEntries(missing).map((name) => `- missing     ${name}`),
    ...different.map(
      ({ name, desired, actual }) =>
        `≠ different   ${name}\n    expected ${JSON.stringify(desired)}\n    actual   ${JSON.stringify(actual)}`,
    ),
    ...policies.map((effect) => `≠ policy      ${describePolicyEffect(effect)}`),
    ...listTopologyEntries(extra).map((name) => `+ unexpected  ${name}`),
  ];
  if (lines.length === 0) lines.push('the topology of the broker is complete, without unexpected objects');
  if (!isComplete) {
    lines.push(
      'bindings, arguments and unexpected objects were not checked: set OPS_RABBITMQ_MANAGEMENT_URL',
    );
  }
  return lines;
}

function countObjects({ exchanges, queues, bindings }: Topology): number {
  return exchanges.length + queues.length + bindings.length;
}

async function apply(context: CommandContext, options: ConfirmOptions): Promise<void> {
  const before = await readDiff(context);
  const names = listTopologyEntries(before.missing);
  if (options.yes !== true) {
    context.printResult({ dryRun: true, action: 'apply', missing: before.missing }, () =>
      [
        ...describe(before),
        '',
        `${pluralize(names.length, 'object')} would be created. Nothing was changed. To change, add --yes.`,
      ].join('\n'),
    );
    return;
  }
  const by = context.attribution(options);
  await applyTopology(brokerUrl(context.config), desiredTopology(context.config)).catch((error: unknown) => {
    if (error instanceof TopologyConflictError) throw new RefusedError(error.message, 1, { cause: error });
    throw new RefusedError(`the topology was not applied: ${(error as Error).message}`, 2, {
      cause: error,
    });
  });
  await recordInOperatorLogs(context, 'apply topology', names, by);
  context.printResult(
    { action: 'apply', created: before.missing },
    () => `${pluralize(names.length, 'object')} created`,
  );
}

async function prune(context: CommandContext, options: ConfirmOptions): Promise<void> {
  const management = createManagementApi(context.config);
  if (!management) throw missingVariable('RABBITMQ_MANAGEMENT_URL');
  const found = await readDiff(context);
  if (countObjects(found.missing) > 0) {
    throw new RefusedError('the topology is incomplete: apply it first, so that every message keeps a route');
  }
  const plan = await planPrune(management, found.extra);
  if (options.yes !== true) {
    context.printResult({ dryRun: true, action: 'prune', ...plan }, () => describePlan(plan).join('\n'));
    return;
  }
  const by = context.attribution(options);
  const done = await withConnection(context.config, (connection) => pruneTopology(connection, plan));
  await recordInOperatorLogs(context, 'prune topology', listTopologyEntries(done.removed), by);
  context.printResult({ action: 'prune', ...done }, () =>
    [
      `${pluralize(countObjects(done.removed), 'object')} removed`,
      ...done.kept.map(({ name, reason }) => `kept ${name}: ${reason}`),
    ].join('\n'),
  );
}

function describePlan({ removed, kept }: PrunePlan): string[] {
  return [
    ...listTopologyEntries(removed).map((name) => `+ would remove ${name}`),
    ...kept.map(({ name, reason }) => `  would keep ${name}: ${reason}`),
    '',
    `${pluralize(countObjects(removed), 'object')} would be removed. Nothing was changed. To change, add --yes.`,
  ];
}

/** Records each object in the operator log of its service, if the database URL of that service is set. */
async function recordInOperatorLogs(
  context: CommandContext,
  action: string,
  names: readonly string[],
  by: Attribution,
): Promise<void> {
  const requestId = uuidv7();
  const known = services.filter((service) => context.hasDatabase(service));
  for (const service of known) {
    const subjects = names.filter((name) => name.includes(` ${service}.`));
    if (subjects.length === 0) continue;
    const database = await context.database(service);
    await database.transaction((tx) => recordActions(tx, { ...by, action, requestId, subjects }));
  }
}
