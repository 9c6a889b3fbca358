import { parseArgs } from 'node:util';

export interface Arguments {
  readonly help: boolean;
  /** Print the plan and end. */
  readonly planOnly: boolean;
  readonly seed: number;
  readonly durationMs: number;
}

export const usage = `npm run chaos -- [options]

Starts PostgreSQL, RabbitMQ and the shop, places orders while servers, services, links and the payment gateway break in
a random mix, waits until all is idle, and audits: nothing lost, nothing duplicated, nothing oversold.

  --seed 7        the same seed, the same plan of faults; default: any
  --minutes 2     how long things break; from 2 on every kind of fault occurs; default 2
  --plan          print the plan, and do nothing
  --help          this text

The servers are its own, on free ports. What was asked and answered is written to .local/chaos/, with the logs where
something is wrong.

Exit code: 0 nothing is wrong; 1 something is; 2 not understood, or could not be run.
`;

/** The command line cannot be understood; the message says what is wrong with it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const SEED_MAX = 0xffff_ffff;
const MINUTES_MAX = 24 * 60;

/** @param anySeed in [0, 1), decides where no seed is given. @throws UsageError */
export function readArguments(args: readonly string[], anySeed: number): Arguments {
  const { seed, minutes = '2', plan = false, help = false } = parse(args);
  return {
    help,
    planOnly: plan,
    seed: seed === undefined ? Math.floor(anySeed * 1_000_000) : wholeNumber('--seed', seed, SEED_MAX),
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
