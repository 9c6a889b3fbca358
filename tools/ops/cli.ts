import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '#config';
import { SelectionChangedError } from '#dead-letters';
import { ManagementApiUnavailableError } from '#messaging';
import { addOperatorLogCommand } from './commands/operator-log.js';
import { addDeadLetterActionCommands } from './commands/dead-letter-actions.js';
import { addCredentialsCommand } from './commands/credentials.js';
import { addDeadLetterReadCommands } from './commands/dead-letters.js';
import { addInboxCommand } from './commands/inbox.js';
import { addOrderCommand } from './commands/order.js';
import { addOutboxCommands } from './commands/outbox.js';
import { addPaymentCommands } from './commands/payments.js';
import { addQueuesCommand } from './commands/queues.js';
import { addTopologyCommands } from './commands/topology.js';
import { loadOpsConfig } from './config.js';
import { CommandContext } from './command-context.js';
import { RefusedError, type Terminal } from './terminal.js';

const HELP_FOOTER = `
Reads OPS_ORDER_DATABASE_URL, OPS_INVENTORY_DATABASE_URL, OPS_PAYMENT_DATABASE_URL (those that are given), OPS_RABBITMQ_URL,
OPS_RABBITMQ_MANAGEMENT_URL, OPS_PARTITIONS, OPS_PAYMENT_URL, OPS_PAYMENT_OPERATOR_TOKEN, OPS_OPERATOR.

What changes something only says what it would do, until --yes or --count says do it; who and why is kept.
Exit code: 0 done, or as it should be; 1 not so, or refused; 2 misunderstood, or something could not be reached.`;

/** What `npm run ops` does. @returns the exit code */
export async function runOps(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
): Promise<number> {
  try {
    await createProgram(env, terminal).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return reportError(error, terminal);
  }
}

function createProgram(env: NodeJS.ProcessEnv, terminal: Terminal): Command {
  const program = new Command('ops')
    .description('What an operator looks at, and puts right.')
    .option('--json', 'results as JSON')
    .addHelpText('after', HELP_FOOTER)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.printError(text.trimEnd()),
    });
  const run = async (work: (context: CommandContext) => Promise<void>): Promise<void> => {
    const { json = false } = program.opts<{ json?: boolean }>();
    const context = new CommandContext(loadOpsConfig(env), terminal, json);
    try {
      await work(context);
    } finally {
      await context.close();
    }
  };
  const deadLetters = program
    .command('dead-letters')
    .description('messages that could not be handled: what they are, and what becomes of them');
  addDeadLetterReadCommands(deadLetters, run);
  addDeadLetterActionCommands(deadLetters, run);
  addOrderCommand(program, run);
  addInboxCommand(program, run);
  addOutboxCommands(program, run);
  addQueuesCommand(program, run);
  addPaymentCommands(program, run);
  addTopologyCommands(program, run);
  addOperatorLogCommand(program, run);
  addCredentialsCommand(program, run);
  return program;
}

function reportError(error: unknown, { printError }: Terminal): number {
  // Help that was asked for is no fault; of the rest commander has spoken already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof RefusedError) {
    printError(error.message);
    return error.exitCode;
  }
  if (error instanceof SelectionChangedError) {
    printError(error.message);
    return 1;
  }
  const isExpected = error instanceof ConfigurationError || error instanceof ManagementApiUnavailableError;
  printError(
    isExpected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error),
  );
  return 2;
}
