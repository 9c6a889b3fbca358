import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '#config';
import { NotEditableError, SelectionChangedError } from '#dead-letters';
import { ManagementApiUnavailableError, MessageRejectedError } from '#messaging';
import { addOperatorLogCommand } from './commands/operator-log.js';
import { addDeadLetterActionCommands } from './commands/dead-letter-actions.js';
import { addConsoleCommand } from './commands/console.js';
import { addCustomerCommands } from './commands/customer.js';
import { addCredentialsCommand } from './commands/credentials.js';
import { addDeadLetterReadCommands } from './commands/dead-letters.js';
import { addInboxCommand } from './commands/inbox.js';
import { addOrderCommand } from './commands/order.js';
import { addOutboxCommands } from './commands/outbox.js';
import { addPaymentCommands } from './commands/payments.js';
import { addQueuesCommand } from './commands/queues.js';
import { addTokenCommand } from './commands/token.js';
import { addTopologyCommands } from './commands/topology.js';
import { loadOpsConfig } from './config.js';
import { CommandContext, type RunCommand } from './command-context.js';
import { RefusedError, type Terminal } from './terminal.js';

const HELP_FOOTER = `
Variables: OPS_ORDER_DATABASE_URL, OPS_INVENTORY_DATABASE_URL and OPS_PAYMENT_DATABASE_URL (commands skip a service without one),
OPS_RABBITMQ_URL, OPS_RABBITMQ_MANAGEMENT_URL, OPS_PARTITIONS, OPS_ORDER_URL, OPS_PAYMENT_URL, OPS_ACCESS_KEY, OPS_ACCESS_TOKEN, OPS_OPERATOR.

Commands that change data are dry runs unless you pass --yes (or --count N). --reason is then required; the operator log
records the operator, the action and the reason.

Exit code: 0 success; 1 refused, or a check failed; 2 invalid arguments or configuration, or a server is unavailable.`;

/** Runs a command of `npm run ops`. @returns the exit code */
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
    .description(
      'Shows and repairs the state of the shop: dead letters, outboxes, queues, payments, topology.',
    )
    .option('--json', 'print results as JSON')
    .addHelpText('after', HELP_FOOTER)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.printError(text.trimEnd()),
    });
  const run: RunCommand = async (work) => {
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
    .description('messages that a consumer failed to handle: list, show, replay, edit, discard, reopen');
  addDeadLetterReadCommands(deadLetters, run);
  addDeadLetterActionCommands(deadLetters, run);
  addOrderCommand(program, run);
  addInboxCommand(program, run);
  addOutboxCommands(program, run);
  addQueuesCommand(program, run);
  addPaymentCommands(program, run);
  addCustomerCommands(program, run);
  addTopologyCommands(program, run);
  addOperatorLogCommand(program, run);
  addCredentialsCommand(program, run);
  addTokenCommand(program, run);
  addConsoleCommand(program, run);
  return program;
}

function reportError(error: unknown, { printError }: Terminal): number {
  // Commander has printed its errors already; its exit code is 0 after --help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof RefusedError) {
    printError(error.message);
    return error.exitCode;
  }
  if (
    error instanceof SelectionChangedError ||
    error instanceof NotEditableError ||
    error instanceof MessageRejectedError
  ) {
    printError(error.message);
    return 1;
  }
  const isExpected = error instanceof ConfigurationError || error instanceof ManagementApiUnavailableError;
  printError(
    isExpected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error),
  );
  return 2;
}
