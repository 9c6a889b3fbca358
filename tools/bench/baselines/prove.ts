import { Client } from 'pg';
import { request } from '../../client/http-request.js';
import { RunVoid } from '../run-void.js';
import { type ServiceName } from '../../client/api-types.js';

/** What must hold of each SKU: all that was sold is gone from the stock, and nothing else is. */
interface SoldAndDeducted {
  readonly sku: string;
  readonly sold: number;
  readonly deducted: number;
  readonly left: number;
}

const NOT_COMPLETED = `
  SELECT a.id FROM unnest($1::uuid[]) AS a (id) LEFT JOIN orders AS o ON o.id = a.id AND o.status = 'completed'
  WHERE o.id IS NULL`;
const TOTALS = 'SELECT count(*)::int AS orders, coalesce(sum(total), 0)::float AS money FROM orders';
const SOLD = 'SELECT sku, sum(quantity)::int AS quantity FROM order_lines GROUP BY sku';
const STOCK = `SELECT sku, deducted::int, (received - available - held - deducted)::int AS left FROM stock_levels`;
const PAYMENTS = `SELECT count(*)::int AS captured FROM payments WHERE status = 'captured'`;

/**
 * The proof of a baseline, after everything has ended: every accepted order has completed and there is no other; stock
 * is what was received less what was sold; the gateway's own books have one capture per order, of its total.
 *
 * @throws RunVoid
 */
export async function proveBaseline(
  databaseUrls: Readonly<Record<ServiceName, string>>,
  gatewayUrl: string,
  acceptedIds: readonly string[],
): Promise<void> {
  const notCompleted = await read(databaseUrls.order, NOT_COMPLETED, [acceptedIds]);
  const [totals] = await read<{ orders: number; money: number }>(databaseUrls.order, TOTALS);
  const [payments] = await read<{ captured: number }>(databaseUrls.payment, PAYMENTS);
  const books = await ledgerOf(gatewayUrl);
  const wrong = (await soldAndDeducted(databaseUrls)).filter(
    ({ sold, deducted, left }) => sold !== deducted || left !== 0,
  );
  mustBe('orders accepted that have not completed', notCompleted.length, 0);
  mustBe('orders', totals?.orders, acceptedIds.length);
  mustBe('captured payments', payments?.captured, acceptedIds.length);
  mustBe("captures in the gateway's ledger", books.approved, acceptedIds.length);
  mustBe("money in the gateway's ledger", books.amounts['CNY'] ?? 0, totals?.money);
  mustBe('SKUs whose stock is not what was sold', wrong.map(({ sku }) => sku).join(), '');
}

async function soldAndDeducted(urls: Readonly<Record<ServiceName, string>>): Promise<SoldAndDeducted[]> {
  const sold = await read<{ sku: string; quantity: number }>(urls.order, SOLD);
  const quantities = new Map(sold.map(({ sku, quantity }) => [sku, quantity]));
  const stock = await read<Omit<SoldAndDeducted, 'sold'>>(urls.inventory, STOCK);
  return stock.map((level) => ({ ...level, sold: quantities.get(level.sku) ?? 0 }));
}

async function ledgerOf(url: string): Promise<{ approved: number; amounts: Record<string, number> }> {
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

function mustBe<Value>(what: string, is: Value, expected: Value): void {
  if (is !== expected) throw new RunVoid(`${what}: ${String(is)}, and not ${String(expected)}`);
}
