import type { Command } from 'commander';
import { statement } from '#database';
import { type ConfirmOptions, withConfirmOptions } from '../confirm-options.js';
import { type CommandContext, missingVariable, type RunCommand } from '../command-context.js';
import { parseUuid } from '../selection.js';
import { RefusedError } from '../terminal.js';
import { toOneLine, renderTable, formatTime } from '../format.js';

// After 5 attempts or 10 minutes an open operation is unlikely to end without an operator.
const PAYMENTS_NEEDING_INTERVENTION = statement(
  'ops_payments_needing_intervention',
  `SELECT p.order_id AS "orderId", p.status, p.amount, p.currency, o.operation, coalesce(o.attempts, 0) AS attempts,
          o.parked_at AS "parkedAt",
          coalesce(o.last_error, p.refund_refusal) AS error, coalesce(o.created_at, p.updated_at) AS since,
          CASE WHEN p.status = 'refund_failed' THEN 'the gateway refused the refund'
               WHEN o.last_error LIKE '%cannot take%' THEN 'the response contradicts the payment'
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
  /** Since when the operation is not retried; `ops payments release` resumes it. */
  readonly parkedAt: Date | null;
  readonly error: string | null;
  readonly since: Date;
  readonly problem: string;
}

const REQUEST_TIMEOUT_MS = 10_000;

/** Actions of the payment service, with their paths below `/operator/payments/<order>`. */
const paymentActions = {
  retry: {
    path: 'refund/retry',
    description: 'requests a refund again that the gateway refused',
    dryRunText: 'the refund would be requested again',
    doneText: 'the refund is requested again',
  },
  release: {
    path: 'operations/release',
    description: 'sends the parked requests of a payment again, under the same idempotency keys',
    dryRunText: 'the parked requests would be sent again',
    doneText: 'the parked requests are sent again',
  },
} as const;
type PaymentAction = (typeof paymentActions)[keyof typeof paymentActions];

/** `ops payments`, `ops payments retry <order>` and `ops payments release <order>` */
export function addPaymentCommands(program: Command, run: RunCommand): void {
  const payments = program
    .command('payments')
    .description(
      'lists payments that need an operator: refused refunds, and gateway operations without an outcome',
    )
    .action(() => run(list));
  for (const [name, action] of Object.entries(paymentActions)) {
    withConfirmOptions(
      payments.command(name).description(action.description).argument('<order>', 'id of an order', parseUuid),
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
          : `${problem}: ${operation}, ${attempts} attempts${parkedAt ? ', parked' : ''}`,
        formatTime(since),
        toOneLine(error ?? ''),
      ],
    );
    const titles = ['order', 'status', 'amount', 'problem', 'since'];
    const columns = [...titles.map((title) => ({ title })), { title: 'error', isElastic: true }];
    return renderTable(context.terminal, columns, rows, 'no payment needs an operator');
  });
}

interface ActionResult {
  readonly count?: number;
  readonly detail?: string;
}

/** Calls the REST interface of the payment service, which performs the action and records it in its operator log. */
async function applyAction(
  context: CommandContext,
  action: PaymentAction,
  orderId: string,
  options: ConfirmOptions,
): Promise<void> {
  const { paymentUrl, paymentOperatorToken } = context.config;
  if (paymentUrl === undefined) throw missingVariable('PAYMENT_URL');
  if (paymentOperatorToken === undefined) throw missingVariable('PAYMENT_OPERATOR_TOKEN');
  const consent = options.yes === true ? { expect: 1, ...context.attribution(options) } : {};
  const response = await fetch(new URL(`/operator/payments/${orderId}/${action.path}`, paymentUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${paymentOperatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(consent),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  }).catch((error: Error) => {
    throw new RefusedError(`the payment service is unavailable: ${error.message}`, 2, { cause: error });
  });
  const result = (await response.json().catch(() => ({}))) as ActionResult;
  if (!response.ok)
    throw new RefusedError(result.detail ?? `the payment service responded with status ${response.status}`);
  context.printResult(result, () => {
    if (result.count === 0) return `order ${orderId}: nothing to do, the refund is pending or completed`;
    if (options.yes === true) return `order ${orderId}: ${action.doneText}`;
    return `order ${orderId}: ${action.dryRunText}. Nothing was changed. To change, add --yes.`;
  });
}
