import { parseArgs } from 'node:util';

export interface Arguments {
  readonly help: boolean;
  /** Print the plan and exit. */
  readonly planOnly: boolean;
  readonly seed: number;
  readonly durationMs: number;
}

export const usage = `npm run chaos -- [options]

Starts PostgreSQL, RabbitMQ and the shop, and places orders while random faults hit servers, services, links and the
payment gateway. Then waits until the shop is idle and audits it: no order is lost, duplicated or oversold.

  --seed 7        seed of the fault plan; default: random
  --minutes 2     duration of the faults; with 2 or more every kind of fault occurs; default 2
  --plan          print the fault plan and exit
  --help          print this text

Servers are started on free ports and ended with the run. Requests and responses are written to .local/chaos/; after a
failed run the logs are copied there too.

Exit code: 0 all checks passed; 1 a check failed; 2 invalid arguments, or the run could not be started or finished.
`;

/** Invalid arguments; the message names the argument. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const SEED_MAX = 0xffff_ffff;
const MINUTES_MAX = 24 * 60;

/** @param randomNumber in [0, 1); becomes the seed if `--seed` is missing. @throws UsageError */
export function readArguments(args: readonly string[], randomNumber: number): Arguments {
  const { seed, minutes = '2', plan = false, help = false } = parse(args);
  return {
    help,
    planOnly: plan,
    seed: seed === undefined ? Math.floor(randomNumber * 1_000_000) : wholeNumber('--seed', seed, SEED_MAX),
    durationMs: Math.round(60_000 * positive('--minutes', minutes, MINUTES_MAX)),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        minutes: { type: 'string' },
        plan: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function wholeNumber(flag: string, given: string, max: number): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value <= max) return value;
  throw new UsageError(`${flag} ${given} is not a whole number from 0 to ${max}.`);
}

function positive(flag: string, given: string, max: number): number {
  const value = Number(given);
  if (/^\d+(\.\d+)?$/.test(given) && value > 0 && value <= max) return value;
  throw new UsageError(`${flag} ${given} is not a number above 0, up to ${max}.`);
}
