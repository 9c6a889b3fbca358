import { type Command, InvalidArgumentError } from 'commander';

/** The options of whatever changes something. */
export interface ConfirmOptions {
  readonly reason?: string;
  readonly operator?: string;
  readonly yes?: boolean;
}

/** Adds who and why, and the consent without which only a dry run is made. */
export function withConfirmOptions(command: Command): Command {
  return command
    .option('--reason <text>', 'why; it is kept', nonEmpty)
    .option('--operator <name>', 'who; default: OPS_OPERATOR, or the user of this machine', nonEmpty)
    .option('--yes', 'does it');
}

function nonEmpty(given: string): string {
  if (given.trim() !== '') return given.trim();
  throw new InvalidArgumentError('It is empty, and somebody will want to know.');
}
