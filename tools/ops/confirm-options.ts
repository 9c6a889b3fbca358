import { type Command, InvalidArgumentError } from 'commander';
import { parseCount } from './selection.js';

/** The options of every command that changes data. */
export interface ConfirmOptions {
  readonly reason?: string;
  readonly operator?: string;
  readonly yes?: boolean;
}

/** Adds the options without which a command is a dry run. */
export function withConfirmOptions(command: Command): Command {
  return command
    .option('--reason <text>', 'why; required with --yes or --count, recorded in the operator log', nonEmpty)
    .option('--operator <name>', 'who; default: OPS_OPERATOR, or the user of this machine', nonEmpty)
    .option('--yes', 'change the data; without it the command is a dry run');
}

/** Adds `--count`, for commands that may change many rows. */
export function withCountOption(command: Command): Command {
  return command.option('--count <number>', 'like --yes, if exactly this many rows match', parseCount);
}

function nonEmpty(given: string): string {
  if (given.trim() !== '') return given.trim();
  throw new InvalidArgumentError('It must not be empty.');
}
