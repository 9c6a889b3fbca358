import { type Command, InvalidArgumentError } from 'commander';
import { type Scope, scopes } from '#access';
import type { RunCommand } from '../command-context.js';

interface TokenCommandOptions {
  readonly scope: readonly Scope[];
  readonly hours: number;
}

const HOURS_MAX = 24;

/** `ops token <name>` */
export function addTokenCommand(program: Command, run: RunCommand): void {
  program
    .command('token')
    .description('prints a token for the REST interface, signed with OPS_ACCESS_KEY')
    .argument('<name>', 'who acts: a customer, a member of staff or an operator', parseName)
    .option('--scope <names>', `separated by commas: ${scopes.join(', ')}`, parseScopes, ['shop'])
    .option('--hours <number>', `how long it is valid, at most ${HOURS_MAX}`, parseHours, 12)
    .action((name: string, { scope, hours }: TokenCommandOptions) =>
      run(async (context) => {
        const token = await context.issueToken(name, scope, hours);
        context.printResult({ token }, () => token);
      }),
    );
}

function parseName(given: string): string {
  if (/^\P{Cc}{1,64}$/u.test(given) && given.length <= 64) return given;
  throw new InvalidArgumentError('It must have 1 to 64 characters.');
}

function parseScopes(given: string): readonly Scope[] {
  const names = given.split(',');
  const known = scopes.filter((scope) => names.includes(scope));
  if (known.length === new Set(names).size) return known;
  throw new InvalidArgumentError(`Scopes are ${scopes.join(', ')}.`);
}

function parseHours(given: string): number {
  const hours = Number(given);
  if (Number.isInteger(hours) && hours >= 1 && hours <= HOURS_MAX) return hours;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${HOURS_MAX}.`);
}
