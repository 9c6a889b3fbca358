import { Client } from 'pg';
import { request } from '../../client/http-request.js';
import { InvalidRunError } from '../invalid-run-error.js';
import { type ServiceName } from '../../client/api-types.js';

/** Per SKU: `sold` must equal `deducted`, and `missing` must be 0. */
interface SoldAndDeducted {
  readonly sku: string;
  readonly sold: number;
  readonly deducted: number;
  readonly missing: number;
}

const SELECT_NOT_COMPLETED = `
  SELECT a.id FROM unnest($1::uuid[]) AS a (id) LEFT JOIN orders AS o ON o.id = a.id AND o.status = 'completed'
  WHERE o.id IS NULL`;
const SELECT_TOTALS = 'SELECT count(*)::int AS orders, coalesce(sum(total), 0)::float AS money FROM orders';
const SELECT_SOLD = 'SELECT sku, sum(quantity)::int AS quantity FROM order_lines GROUP BY sku';
const SELECT_STOCK = `SELECT sku, deducted::int, (received - available - held - deducted)::int AS missing FROM stock_levels`;
const COUNT_CAPTURED = `SELECT count(*)::int AS captured FROM payments WHERE status = 'captured'`;

/**
 * Checks a baseline after its last order has ended: the completed orders are exactly the accepted ones; stock is received
 * minus sold; the gateway's ledger has one capture per order, with its total.
 *
 * @throws InvalidRunError
 */
export async function verifyBaseline(
  databaseUrls: Readonly<Record<ServiceName, string>>,
  gatewayUrl: string,
  acceptedIds: readonly string[],
): Promise<void> {
  const notCompleted = await read(databaseUrls.order, SELECT_NOT_COMPLETED, [acceptedIds]);
  const [totals] = await read<{ orders: number; money: number }>(databaseUrls.order, SELECT_TOTALS);
  const [payments] = await read<{ captured: number }>(databaseUrls.payment, COUNT_CAPTURED);
  const ledgerSummary = await readLedgerSummary(gatewayUrl);
  const mismatches = (await compareSoldAndDeducted(databaseUrls)).filter(
    ({ sold, deducted, missing }) => sold !== deducted || missing !== 0,
  );
  assertEqual('accepted orders that have not completed', notCompleted.length, 0);
  assertEqual('orders', totals?.orders, acceptedIds.length);
  assertEqual('captured payments', payments?.captured, acceptedIds.length);
  assertEqual("captures in the gateway's ledger", ledgerSummary.approved, acceptedIds.length);
  assertEqual("money in the gateway's ledger", ledgerSummary.amounts['CNY'] ?? 0, totals?.money);
  assertEqual('SKUs with stock other than received minus sold', mismatches.map(({ sku }) => sku).join(), '');
}

async function compareSoldAndDeducted(
  urls: Readonly<Record<ServiceName, string>>,
): Promise<SoldAndDeducted[]> {
  const sold = await read<{ sku: string; quantity: number }>(urls.order, SELECT_SOLD);
  const quantities = new Map(sold.map(({ sku, quantity }) => [sku, quantity]));
  const stock = await read<Omit<SoldAndDeducted, 'sold'>>(urls.inventory, SELECT_STOCK);
  return stock.map((level) => ({ ...level, sold: quantities.get(level.sku) ?? 0 }));
}

async function readLedgerSummary(
  url: string,
): Promise<{ approved: number; amounts: Record<string, number> }> {
  const { body } = await request(`${url}/v1/ledger/summary`, { timeoutMs: 10_000 });
  return (JSON.parse(body) as { capture: { approved: number; amounts: Record<string, number> } }).capture;
}

async function read<Row>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url, application_name: 'bench' });
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

function assertEqual<Value>(quantity: string, actual: Value, expected: Value): void {
  if (actual !== expected)
    throw new InvalidRunError(`${quantity}: expected ${String(expected)}, got ${String(actual)}`);
}
