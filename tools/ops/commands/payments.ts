import type { Command } from 'commander';
import { statement } from '#database';
import { type ConfirmOptions, withConfirmOptions } from '../confirm-options.js';
import { type CommandContext, missingVariable } from '../command-context.js';
import { parseUuid } from '../selection.js';
import { RefusedError } from '../terminal.js';
import { toOneLine, renderTable, formatTime } from '../format.js';

// A question that has been put off so often, or for so long, does not answer itself.
const PAYMENTS_NEEDING_INTERVENTION = statement(
  'ops_payments_needing_intervention',
  `SELECT p.order_id AS "orderId", p.status, p.amount, p.currency, o.operation, coalesce(o.attempts, 0) AS attempts,
          o.parked_at AS "parkedAt",
          coalesce(o.last_error, p.refund_refusal) AS error, coalesce(o.created_at, p.updated_at) AS since,
          CASE WHEN p.status = 'refund_failed' THEN 'the refund was refused'
               WHEN o.last_error LIKE '%cannot take%' THEN 'the gateway contradicts our records'
               WHEN o.parked_at IS NOT NULL THEN 'the gateway rejects the request'
               ELSE 'the gateway does not respond' END AS problem
   FROM payments AS p
   LEFT JOIN gateway_operations AS o
     ON o.order_id = p.order_id AND o.completed_at IS NULL
   WHERE p.status = 'refund_failed'
      OR (o.completed_at IS NULL AND o.idempotency_key IS NOT NULL
          AND (o.parked_at IS NOT NULL OR o.attempts >= 5 OR o.created_at < now() - interval '10 minutes'))
   ORDER BY since
   LIMIT 200`,
);

interface PaymentIssue {
  readonly orderId: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly operation: string | null;
  readonly attempts: number;
  /** Not asked any more, until it is released. */
  readonly parkedAt: Date | null;
  readonly error: string | null;
  readonly since: Date;
  readonly problem: string;
}

const REQUEST_TIMEOUT_MS = 10_000;

/** What only the payment service can do, by the path that it does it at. */
const paymentActions = {
  retry: {
    path: 'refund/retry',
    description: 'asks for a refund again that the gateway has refused',
    dryRunText: 'ask for the refund again',
    doneText: 'the refund is asked for again',
  },
  release: {
    path: 'operations/release',
    description: 'asks the gateway again what was set aside, under the same key',
    dryRunText: 'make the request again that was set aside',
    doneText: 'the request that was set aside is made again',
  },
} as const;
type PaymentAction = (typeof paymentActions)[keyof typeof paymentActions];

/** `ops payments`, `ops payments retry <order>` and `ops payments release <order>` */
export function addPaymentCommands(
  program: Command,
  run: (work: (context: CommandContext) => Promise<void>) => Promise<void>,
): void {
  const payments = program
    .command('payments')
    .description(
      'the payments that need a person: refused refunds, and what the gateway does not or cannot answer',
    )
    .action(() => run(list));
  for (const [name, action] of Object.entries(paymentActions)) {
    withConfirmOptions(
      payments
        .command(name)
        .description(action.description)
        .argument('<order>', 'the id of the order', parseUuid),
    ).action((orderId: string, options: ConfirmOptions) =>
      run((context) => applyAction(context, action, orderId, options)),
    );
  }
}

async function list(context: CommandContext): Promise<void> {
  const database = await context.database('payment');
  const found = await database.query<PaymentIssue>(PAYMENTS_NEEDING_INTERVENTION);
  context.printResult(found, () => {
    const rows = found.map(
      ({ orderId, status, amount, currency, problem, operation, attempts, parkedAt, since, error }) => [
        orderId,
        status,
        `${amount} ${currency}`,
        operation === null
          ? problem
          : `${problem}: ${operation}, ${attempts} attempts${parkedAt ? ', set aside' : ''}`,
        formatTime(since),
        toOneLine(error ?? ''),
      ],
    );
    const titles = ['order', 'status', 'amount', 'problem', 'since'];
    const columns = [...titles.map((title) => ({ title })), { title: 'error', isElastic: true }];
    return renderTable(context.terminal, columns, rows, 'no payment needs a person');
  });
}

interface ActionResult {
  readonly count?: number;
  readonly detail?: string;
}

/** The payment service alone decides about payments, so it is asked; it keeps who and why with what it does. */
async function applyAction(
  context: CommandContext,
  action: PaymentAction,
  orderId: string,
  options: ConfirmOptions,
): Promise<void> {
  const { paymentUrl, paymentOperatorToken } = context.config;
  if (paymentUrl === undefined) throw missingVariable('PAYMENT_URL');
  if (paymentOperatorToken === undefined) throw missingVariable('PAYMENT_OPERATOR_TOKEN');
  const consent = options.yes === true ? { expect: 1, ...context.operatorContext(options) } : {};
  const response = await fetch(new URL(`/operator/payments/${orderId}/${action.path}`, paymentUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${paymentOperatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(consent),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  }).catch((error: Error) => {
    throw new RefusedError(`the payment service cannot be reached: ${error.message}`, 2, { cause: error });
  });
  const result = (await response.json().catch(() => ({}))) as ActionResult;
  if (!response.ok)
    throw new RefusedError(result.detail ?? `the payment service answered ${response.status}`);
  context.printResult(result, () => {
    if (result.count === 0) return `order ${orderId}: nothing to do, the refund is under way or made`;
    if (options.yes === true) return `order ${orderId}: ${action.doneText}`;
    return `Would ${action.dryRunText}, for order ${orderId}. Nothing was done. To do it, add --yes.`;
  });
}
