import type { Command } from 'commander';
import type { CommandContext, RunCommand } from '../command-context.js';
import { type ConfirmOptions, withConfirmOptions } from '../confirm-options.js';
import { postToService } from '../post-to-service.js';

interface Erasure {
  readonly tables?: {
    readonly orders: number;
    readonly idempotencyKeys: number;
    readonly outboxEvents: number;
  };
}

/** `ops customer erase <customer>` */
export function addCustomerCommands(program: Command, run: RunCommand): void {
  const customer = program.command('customer').description('personal data of customers: erase');
  withConfirmOptions(
    customer
      .command('erase')
      .description('replaces a customer by a random pseudonym, in every service; it cannot be undone')
      .argument('<customer>', 'id of the customer: the claim sub of its tokens'),
  ).action((customerId: string, options: ConfirmOptions) =>
    run((context) => erase(context, customerId, options)),
  );
}

async function erase(context: CommandContext, customerId: string, options: ConfirmOptions): Promise<void> {
  const reason = options.yes === true ? context.attribution(options).reason : undefined;
  const body = reason === undefined ? { customerId } : { customerId, expect: 1, reason };
  const result = await postToService<Erasure>(context, 'order', 'customers/erase', body, options);
  context.printResult(result, () => (reason === undefined ? describeDryRun(result) : DONE));
}

function describeDryRun({ tables }: Erasure): string {
  return [
    `orders: ${tables?.orders}`,
    `idempotency_keys: ${tables?.idempotencyKeys}`,
    `outbox: ${tables?.outboxEvents}`,
    'The customer would be erased in these rows of the order service, and by a message in the other services.',
    'Nothing was changed. It cannot be undone. To change, add --yes.',
  ].join('\n');
}

const DONE =
  'The customer is erased in the order service. The other services erase it when customer.erased arrives.';
