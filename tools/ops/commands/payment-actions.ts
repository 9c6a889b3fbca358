import { type Command, Option } from 'commander';
import { parkCauses } from '../../../apps/payment/src/domain/failed-attempt.js';
import { operationNames } from '../../../apps/payment/src/domain/payment-table.js';
import { type CommandContext, type RunCommand } from '../command-context.js';
import { type ConfirmOptions, withConfirmOptions, withCountOption } from '../confirm-options.js';
import { pluralize, toOneLine } from '../format.js';
import { collectUuids, parseUuid, withPeriodOptions } from '../selection.js';
import { postToService } from '../post-to-service.js';
import { RefusedError } from '../terminal.js';

/** An action on a selection, with its path below `/operator/payments`. */
const selections = {
  retry: {
    path: 'refund/retry',
    description:
      'requests refused refunds again, under new keys; settle a refund that was paid outside instead, or it is paid twice',
    since: 'the refund was refused',
    noun: 'refused refund',
    outcome: 'requested again',
  },
  release: {
    path: 'operations/release',
    description: 'sends parked requests again, under the same idempotency keys',
    since: 'the request was parked',
    noun: 'parked request',
    outcome: 'sent again',
  },
} as const;
type Selection = (typeof selections)[keyof typeof selections];

interface SelectionOptions extends ConfirmOptions {
  readonly since?: Date;
  readonly until?: Date;
  readonly operation?: string;
  readonly cause?: string;
  readonly all?: boolean;
  readonly count?: number;
}

interface SettleOptions extends ConfirmOptions {
  readonly reference?: string;
  readonly refusal?: string;
  readonly operation?: string;
}

interface Group {
  readonly operation: string;
  readonly cause: string;
  readonly count: number;
  readonly error: string | null;
}

interface ActionResult {
  readonly count?: number;
  readonly detail?: string;
  readonly groups?: readonly Group[];
  readonly operation?: string;
  readonly status?: string;
  readonly nextStatus?: string;
}

/** `ops payments retry | release [order…]` and `ops payments settle <order>` */
export function addPaymentActionCommands(payments: Command, run: RunCommand): void {
  const operation = () => new Option('--operation <name>', 'kind of operation').choices([...operationNames]);
  for (const [name, selection] of Object.entries(selections)) {
    const command = payments
      .command(name)
      .description(selection.description)
      .argument('[order...]', 'ids of orders', collectUuids);
    if (name === 'release') {
      command.addOption(operation());
      command.addOption(new Option('--cause <code>', 'why it is parked').choices([...parkCauses]));
    } else command.option('--cause <reason>', "the gateway's reason for the refusal");
    withCountOption(withConfirmOptions(withPeriodOptions(command, selection.since)))
      .option('--all', 'select every one')
      .action((orderIds: readonly string[], options: SelectionOptions) =>
        run((context) => applyToSelected(context, selection, orderIds, options)),
      );
  }
  withConfirmOptions(
    payments
      .command('settle')
      .description(
        'records the outcome of the waiting operation outside: --reference if executed, --refusal if refused',
      )
      .argument('<order>', 'id of an order', parseUuid)
      .option('--reference <id>', 'it was executed: id that proves it, of the gateway or of the bank')
      .option('--refusal <reason>', 'it was refused or declined: reason, of the gateway or of the bank')
      .addOption(operation()),
  ).action((orderId: string, options: SettleOptions) => run((context) => settle(context, orderId, options)));
}

async function applyToSelected(
  context: CommandContext,
  { path, noun, outcome }: Selection,
  orderIds: readonly string[],
  options: SelectionOptions,
): Promise<void> {
  const { since, until, operation, cause, all } = options;
  const ids = orderIds.length > 0 ? orderIds : undefined;
  if (!ids && !since && !until && !operation && !cause && all !== true) {
    throw new RefusedError('no selection: give ids of orders, options that select, or --all', 2);
  }
  const selection = { orderIds: ids, since, until, operation, cause, all };
  const reason = isConfirmed(options) ? context.attribution(options).reason : undefined;
  const call = (body: object): Promise<ActionResult> =>
    postToService<ActionResult>(context, 'payment', `payments/${path}`, body, options);
  const preview = await call(selection);
  const count = preview.count ?? 0;
  if (count === 0) throw new RefusedError(`no ${noun} matches: nothing was changed`);
  if (options.count !== undefined && options.count !== count) {
    throw new RefusedError(`expected ${pluralize(options.count, noun)}, found ${count}: nothing was changed`);
  }
  if (reason === undefined) {
    context.printResult({ ...preview, since, until }, () =>
      [
        ...(preview.groups ?? []).map(describeGroup),
        ...(since ? [`--since is ${since.toISOString()}`] : []),
        ...(until ? [`--until is ${until.toISOString()}`] : []),
        `${pluralize(count, noun)} would be ${outcome}. Nothing was changed. To change, add --yes or --count ${count}.`,
      ].join('\n'),
    );
    return;
  }
  const result = await call({ ...selection, expect: count, reason });
  context.printResult(result, () => `${pluralize(count, noun)} ${outcome}`);
}

function describeGroup({ operation, cause, count, error }: Group): string {
  return `${count} × ${operation}, ${cause}${error === null ? '' : `: ${toOneLine(error)}`}`;
}

async function settle(context: CommandContext, orderId: string, options: SettleOptions): Promise<void> {
  const { reference, refusal, operation } = options;
  if ((reference === undefined) === (refusal === undefined)) {
    throw new RefusedError('give either --reference, if it was executed, or --refusal, if it was refused', 2);
  }
  const reason = isConfirmed(options) ? context.attribution(options).reason : undefined;
  const call = (body: object): Promise<ActionResult> =>
    postToService<ActionResult>(context, 'payment', `payments/${orderId}/settle`, body, options);
  const preview = await call({ reference, refusal, operation });
  if (preview.count === 0) {
    context.printResult(
      preview,
      () => `order ${orderId}: nothing to do, ${reference ?? refusal} is recorded`,
    );
    return;
  }
  const outcome =
    reference === undefined ? `refused outside (${refusal})` : `settled outside as ${reference}`;
  const step = `${preview.operation} ${outcome}: ${preview.status} → ${preview.nextStatus}`;
  if (reason === undefined) {
    context.printResult(
      preview,
      () =>
        `order ${orderId}: ${step}. Nothing was changed. To change, add --yes --operation ${preview.operation}.`,
    );
    return;
  }
  const result = await call({ reference, refusal, operation: preview.operation, expect: 1, reason });
  context.printResult(result, () => `order ${orderId}: ${step}`);
}

function isConfirmed({ yes, count }: ConfirmOptions & { readonly count?: number }): boolean {
  return yes === true || count !== undefined;
}
