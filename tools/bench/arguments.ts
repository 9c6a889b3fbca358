import { parseArgs } from 'node:util';

/**
 * In the order in which they run: those that share a shop one after the other, and what starts its services anew last,
 * because a service that has just started is slow.
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
  /** Short rounds, and few of them: a few minutes in all, and its figures scatter more. */
  readonly quick: boolean;
  /** What to run, in the order of {@link scenarioNames}. */
  readonly scenarios: readonly ScenarioName[];
}

export const usage = `npm run bench [-- options]

Starts PostgreSQL, RabbitMQ and the shop, loads them, and writes bench/results/latest.json and latest.html.

  --quick               short rounds; all scenarios together within three minutes
  --scenario <name,…>   only these (may be given more than once); what latest.json has of others stays,
                        if it is of the same machine and as long:
                        order-flow   orders per second, ours and the two baselines
                        latency      latencies at half of that rate
                        hot-sku      all orders on one SKU, or on many
                        flash-sale   100,000 buyers for 1,000 units
                        pruning      orders per second while old rows are deleted
                        growth       cost of an order with 5,000,000 in the tables (needs 30 GB of disk)
                        backlog      200,000 orders wait for consumers; drained by 1, 2 and 3 replicas
                        relay        messages per second out of the outbox
  --help

POSTGRES_URL, RABBITMQ_URL and RABBITMQ_MANAGEMENT_URL name running servers to use instead of private ones.
`;

/** The command line cannot be understood; the message says what is wrong with it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function readArguments(args: readonly string[]): Arguments {
  const { help = false, quick = false, scenario = [] } = parse(args);
  const names = scenario.flatMap((list) => list.split(',')).map((name) => name.trim());
  const unknown = names.find((name) => !scenarioNames.some((known) => known === name));
  if (unknown !== undefined)
    throw new UsageError(`There is no scenario "${unknown}". There are: ${scenarioNames.join(', ')}.`);
  const scenarios = names.length === 0 ? scenarioNames : scenarioNames.filter((name) => names.includes(name));
  return { help, quick, scenarios };
}

/** The command that asks for this. */
export function formatCommand({ quick, scenarios }: Pick<Arguments, 'quick' | 'scenarios'>): string {
  const all = scenarios.join() === scenarioNames.join();
  const options = [...(quick ? ['--quick'] : []), ...(all ? [] : [`--scenario ${scenarios.join(',')}`])];
  return ['npm run bench', ...(options.length > 0 ? ['--', ...options] : [])].join(' ');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean' },
        quick: { type: 'boolean' },
        scenario: { type: 'string', multiple: true },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
