import type { Command } from 'commander';
import { statement } from '#database';
import type { CommandContext, RunCommand } from '../command-context.js';
import { toOneLine, renderTable, formatTime } from '../format.js';
import { addPaymentActionCommands } from './payment-actions.js';

// After 5 attempts or 10 minutes an open operation is unlikely to end without an operator.
const PAYMENTS_NEEDING_INTERVENTION = statement(
  'ops_payments_needing_intervention',
  `SELECT p.order_id AS "orderId", p.status, p.amount, p.currency, o.operation, coalesce(o.attempts, 0) AS attempts,
          o.parked_at AS "parkedAt",
          coalesce(o.last_error, p.refund_refusal) AS error, coalesce(o.created_at, p.updated_at) AS since,
          CASE WHEN p.status = 'refund_failed' THEN 'the gateway refused the refund'
               WHEN o.parked_cause = 'contradiction' OR o.last_error LIKE '%cannot take%'
                 THEN 'the response contradicts the payment'
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

/** `ops payments`, and its actions */
export function addPaymentCommands(program: Command, run: RunCommand): void {
  const payments = program
    .command('payments')
    .description(
      'lists payments that need an operator: refused refunds, and gateway operations without an outcome',
    )
    .action(() => run(list));
  addPaymentActionCommands(payments, run);
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
