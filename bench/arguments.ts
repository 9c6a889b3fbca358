import { parseArgs } from 'node:util';

export const scenarioNames = ['order-flow', 'accept', 'relay'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

export interface Arguments {
  readonly help: boolean;
  /** Short rounds, and few of them: ends within three minutes, and its figures scatter more. */
  readonly quick: boolean;
  /** What to run, in the order of {@link scenarioNames}. */
  readonly scenarios: readonly ScenarioName[];
}

export const usage = `npm run bench [-- options]

Starts PostgreSQL, RabbitMQ and the shop, loads them, and writes bench/results/latest.json.

  --quick            short rounds; ends within three minutes
  --scenario <name>  only this one (may be given more than once): ${scenarioNames.join(', ')}
  --help

POSTGRES_URL, RABBITMQ_URL and RABBITMQ_MANAGEMENT_URL name running servers to use instead of private ones.
`;

/** The command line cannot be understood; the message says what is wrong with it. */
export class Misused extends Error {
  override readonly name = 'Misused';
}

/** @throws Misused */
export function readArguments(args: readonly string[]): Arguments {
  const { help = false, quick = false, scenario = [] } = parse(args);
  const unknown = scenario.find((name) => !scenarioNames.some((known) => known === name));
  if (unknown !== undefined) throw new Misused(`There is no scenario "${unknown}".`);
  const scenarios = scenarioNames.filter((name) => scenario.length === 0 || scenario.includes(name));
  return { help, quick, scenarios };
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
    throw new Misused((error as Error).message, { cause: error });
  }
}
