import type { Command } from 'commander';
import { statement } from '#database';
import { type ActOptions, withAct } from '../confirm-options.js';
import { type Desk, missing } from '../command-context.js';
import { uuid } from '../selection.js';
import { Refused } from '../terminal.js';
import { oneLine, table, time } from '../format.js';

// A question that has been put off so often, or for so long, does not answer itself.
const NEED_A_PERSON = statement(
  'ops_payments_that_need_a_person',
  `SELECT p.order_id AS "orderId", p.status, p.amount, p.currency, o.operation, coalesce(o.attempts, 0) AS attempts,
          o.set_aside_at AS "setAsideAt",
          coalesce(o.last_error, p.refund_refusal) AS error, coalesce(o.created_at, p.updated_at) AS since,
          CASE WHEN p.status = 'refund_failed' THEN 'the refund was refused'
               WHEN o.last_error LIKE '%cannot take%' THEN 'the gateway contradicts our books'
               WHEN o.set_aside_at IS NOT NULL THEN 'the gateway takes no such request'
               ELSE 'the gateway does not answer' END AS problem
   FROM payments AS p
   LEFT JOIN gateway_operations AS o
     ON o.order_id = p.order_id AND o.answered_at IS NULL
   WHERE p.status = 'refund_failed'
      OR (o.answered_at IS NULL AND o.idempotency_key IS NOT NULL
          AND (o.set_aside_at IS NOT NULL OR o.attempts >= 5 OR o.created_at < now() - interval '10 minutes'))
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
  /** Not asked any more, until it is released. */
  readonly setAsideAt: Date | null;
  readonly error: string | null;
  readonly since: Date;
  readonly problem: string;
}

const ANSWER_WITHIN_MS = 10_000;

/** What only the payment service can do, by the path that it does it at. */
const verbs = {
  retry: {
    path: 'refund/retry',
    description: 'asks for a refund again that the gateway has refused',
    would: 'ask for the refund again',
    done: 'the refund is asked for again',
  },
  release: {
    path: 'operations/release',
    description: 'asks the gateway again what was set aside, under the same key',
    would: 'make the request again that was set aside',
    done: 'the request that was set aside is made again',
  },
} as const;
type Verb = (typeof verbs)[keyof typeof verbs];

/** `ops payments`, `ops payments retry <order>` and `ops payments release <order>` */
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
  for (const [name, verb] of Object.entries(verbs)) {
    withAct(
      payments.command(name).description(verb.description).argument('<order>', 'the id of the order', uuid),
    ).action((orderId: string, options: ActOptions) => run((desk) => act(desk, verb, orderId, options)));
  }
}

async function list(desk: Desk): Promise<void> {
  const database = await desk.database('payment');
  const found = await database.query<NeedsAPerson>(NEED_A_PERSON);
  desk.report(found, () => {
    const rows = found.map(
      ({ orderId, status, amount, currency, problem, operation, attempts, setAsideAt, since, error }) => [
        orderId,
        status,
        `${amount} ${currency}`,
        operation === null
          ? problem
          : `${problem}: ${operation}, ${attempts} attempts${setAsideAt ? ', set aside' : ''}`,
        time(since),
        oneLine(error ?? ''),
      ],
    );
    const titles = ['order', 'status', 'amount', 'problem', 'since'];
    const columns = [...titles.map((title) => ({ title })), { title: 'error', isElastic: true }];
    return table(desk.terminal, columns, rows, 'no payment needs a person');
  });
}

interface Done {
  readonly count?: number;
  readonly detail?: string;
}

/** The payment service alone decides about payments, so it is asked; it keeps who and why with what it does. */
async function act(desk: Desk, verb: Verb, orderId: string, options: ActOptions): Promise<void> {
  const { paymentUrl, paymentOperatorToken } = desk.config;
  if (paymentUrl === undefined) throw missing('PAYMENT_URL');
  if (paymentOperatorToken === undefined) throw missing('PAYMENT_OPERATOR_TOKEN');
  const consent = options.yes === true ? { expect: 1, ...desk.act(options) } : {};
  const response = await fetch(new URL(`/operator/payments/${orderId}/${verb.path}`, paymentUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${paymentOperatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(consent),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  }).catch((error: Error) => {
    throw new Refused(`the payment service cannot be reached: ${error.message}`, 2, { cause: error });
  });
  const answer = (await response.json().catch(() => ({}))) as Done;
  if (!response.ok) throw new Refused(answer.detail ?? `the payment service answered ${response.status}`);
  desk.report(answer, () => {
    if (answer.count === 0) return `order ${orderId}: nothing to do, the refund is under way or made`;
    if (options.yes === true) return `order ${orderId}: ${verb.done}`;
    return `Would ${verb.would}, for order ${orderId}. Nothing was done. To do it, add --yes.`;
  });
}
