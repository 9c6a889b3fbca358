import type { Command } from 'commander';
import { v7 as uuidv7 } from 'uuid';
import { statement } from '#database';
import { recordActs } from '#operator-acts';
import { type ActOptions, withAct } from '../act.js';
import { type Desk, missing } from '../desk.js';
import { uuid } from '../selection.js';
import { Refused } from '../terminal.js';
import { oneLine, table, time } from '../text.js';

// A question that has been put off so often, or for so long, does not answer itself.
const NEED_A_PERSON = statement(
  'ops_payments_that_need_a_person',
  `SELECT p.order_id AS "orderId", p.status, p.amount, p.currency, o.operation, coalesce(o.attempts, 0) AS attempts,
          coalesce(o.last_error, p.refund_refusal) AS error, coalesce(o.created_at, p.updated_at) AS since,
          CASE WHEN p.status = 'refund_failed' THEN 'the refund was refused'
               WHEN o.last_error LIKE '%cannot take%' THEN 'the gateway contradicts our books'
               ELSE 'the gateway does not answer' END AS problem
   FROM payments AS p
   LEFT JOIN gateway_operations AS o
     ON o.order_id = p.order_id AND o.answered_at IS NULL
   WHERE p.status = 'refund_failed'
      OR (o.answered_at IS NULL AND o.idempotency_key IS NOT NULL
          AND (o.attempts >= 5 OR o.created_at < now() - interval '10 minutes'))
   ORDER BY since
   LIMIT 200`,
);

interface NeedsAPerson {
  readonly orderId: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly operation: string | null;
  readonly attempts: number;
  readonly error: string | null;
  readonly since: Date;
  readonly problem: string;
}

const ANSWER_WITHIN_MS = 10_000;

/** `ops payments` and `ops payments retry <order>` */
export function addPaymentCommands(
  program: Command,
  run: (work: (desk: Desk) => Promise<void>) => Promise<void>,
): void {
  const payments = program
    .command('payments')
    .description(
      'the payments that need a person: refused refunds, and what the gateway does not or cannot answer',
    )
    .action(() => run(list));
  withAct(
    payments
      .command('retry')
      .description('asks for a refund again that the gateway has refused')
      .argument('<order>', 'the id of the order', uuid),
  ).action((orderId: string, options: ActOptions) => run((desk) => retry(desk, orderId, options)));
}

async function list(desk: Desk): Promise<void> {
  const database = await desk.database('payment');
  const found = await database.query<NeedsAPerson>(NEED_A_PERSON);
  desk.report(found, () => {
    const rows = found.map(
      ({ orderId, status, amount, currency, problem, operation, attempts, since, error }) => [
        orderId,
        status,
        `${amount} ${currency}`,
        operation === null ? problem : `${problem}: ${operation}, ${attempts} attempts`,
        time(since),
        oneLine(error ?? ''),
      ],
    );
    const titles = ['order', 'status', 'amount', 'problem', 'since'];
    const columns = [...titles.map((title) => ({ title })), { title: 'error', isElastic: true }];
    return table(desk.terminal, columns, rows, 'no payment needs a person');
  });
}

/** The payment service alone decides about payments, so it is asked; who and why is on record before that. */
async function retry(desk: Desk, orderId: string, options: ActOptions): Promise<void> {
  const { paymentUrl } = desk.config;
  if (paymentUrl === undefined) throw missing('PAYMENT_URL');
  if (options.yes !== true) {
    desk.report(
      { dryRun: true, act: 'retry refund', orderId },
      () => `Would ask for the refund of order ${orderId} again. Nothing was done. To do it, add --yes.`,
    );
    return;
  }
  const by = desk.act(options);
  const database = await desk.database('payment');
  await database.transaction((tx) =>
    recordActs(tx, { ...by, act: 'retry refund', request: uuidv7(), subjects: [orderId] }),
  );
  const response = await fetch(new URL(`/payments/${orderId}/refund/retry`, paymentUrl), {
    method: 'POST',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  }).catch((error: Error) => {
    throw new Refused(`the payment service cannot be reached: ${error.message}`, 2, { cause: error });
  });
  const answer = (await response.json().catch(() => ({}))) as { detail?: string; status?: string };
  if (!response.ok) {
    throw new Refused(answer.detail ?? `the payment service answered ${response.status}`);
  }
  desk.report(answer, () => `order ${orderId}: ${answer.status}`);
}
