import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * In the order in which they run. Scenarios that share a shop follow each other; those that restart services are last,
 * because a service is slow after its start.
 */
export const scenarioNames = [
  'order-flow',
  'latency',
  'hot-sku',
  'flash-sale',
  'pruning',
  'growth',
  'backlog',
  'relay',
] as const;
export type ScenarioName = (typeof scenarioNames)[number];

export interface Arguments {
  readonly help: boolean;
  /** Short rounds, and few of them: less than three minutes in all; figures scatter more. */
  readonly quick: boolean;
  /** The scenarios to run, in the order of {@link scenarioNames}. */
  readonly scenarios: readonly ScenarioName[];
  /** Write the figures to the pages. */
  readonly publish: boolean;
  /** The folder of another checkout, as an absolute path. */
  readonly against: string | undefined;
  /** Share of the orders whose trace is exported, in percent; undefined: tracing is off. */
  readonly tracePercent: number | undefined;
}

export const usage = `npm run bench [-- options]

Starts PostgreSQL, RabbitMQ and the shop, runs the scenarios, audits the shop after each of them, and writes
tools/bench/results/latest.json: figures, rounds, commit, machine, versions and command.

  --quick               short rounds: all scenarios together in less than three minutes
  --scenario <name,…>   only these scenarios (may be repeated):
                        order-flow   orders per second, in turn with the two baselines
                        latency      latencies at half of that rate
                        hot-sku      all orders for one SKU, against orders for 200 SKUs
                        flash-sale   100,000 buyers for 1,000 units
                        pruning      orders per second while retention jobs delete old rows
                        growth       CPU per order with 5,000,000 orders in the tables (needs 30 GB of disk)
                        backlog      200,000 orders queued, then drained by 1, 2 and 3 replicas
                        relay        messages per second out of the outbox
  --against <folder>    order-flow only: in turn with the shop of another checkout instead of the baselines;
                        run npm run build there first. ratio_other is this checkout's rate / the other's
  --trace <percent>     the services export the traces of this share of the orders, to a server that discards them
  --publish             write the figures to the block of docs/explanation/performance.md and its Chinese page; refused
                        with --quick and on a busy machine
  --help                this text

POSTGRES_URL, RABBITMQ_URL and RABBITMQ_MANAGEMENT_URL name running servers to use instead of private ones.
RABBITMQ_VERSION=4.3 starts that version in a container.

Exit code: 0 all scenarios are valid; 1 a scenario is invalid, or the bench failed; 2 invalid arguments.
`;

/** The arguments are invalid; the message names the argument. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function readArguments(args: readonly string[]): Arguments {
  const { help = false, quick = false, publish = false, scenario = [], against, trace } = parse(args);
  const tracePercent = trace === undefined ? undefined : Number(trace);
  if (tracePercent !== undefined && !(tracePercent >= 0 && tracePercent <= 100))
    throw new UsageError(`--trace is a percentage from 0 to 100, not "${trace}"`);
  const names = scenario.flatMap((list) => list.split(',')).map((name) => name.trim());
  const unknown = names.find((name) => !scenarioNames.some((known) => known === name));
  if (unknown !== undefined)
    throw new UsageError(`unknown scenario "${unknown}"; known scenarios: ${scenarioNames.join(', ')}`);
  const scenarios = names.length === 0 ? scenarioNames : scenarioNames.filter((name) => names.includes(name));
  if (publish && (quick || against !== undefined || tracePercent !== undefined))
    throw new UsageError('--publish requires full rounds, without --quick, --against and --trace');
  if (against === undefined) return { help, quick, publish, scenarios, against, tracePercent };
  if (scenarios.join() !== 'order-flow') throw new UsageError('--against requires --scenario order-flow');
  return { help, quick, publish, scenarios, against: resolve(against), tracePercent };
}

/** The command line that {@link readArguments} parses to these arguments. */
export function formatCommand({
  quick,
  publish,
  scenarios,
  against,
  tracePercent,
}: Omit<Arguments, 'help'>): string {
  const all = scenarios.join() === scenarioNames.join();
  const options = [
    ...(quick ? ['--quick'] : []),
    ...(publish ? ['--publish'] : []),
    ...(all ? [] : [`--scenario ${scenarios.join(',')}`]),
    ...(against === undefined ? [] : [`--against ${against}`]),
    ...(tracePercent === undefined ? [] : [`--trace ${tracePercent}`]),
  ];
  return ['npm run bench', ...(options.length > 0 ? ['--', ...options] : [])].join(' ');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean' },
        quick: { type: 'boolean' },
        publish: { type: 'boolean' },
        scenario: { type: 'string', multiple: true },
        against: { type: 'string' },
        trace: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
