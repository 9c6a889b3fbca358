import { addInbox, addOutbox, type Basket, basketRows, type ServiceHistory } from './order-history.js';

const RECEIPT = 'seeded-history';

const addReservations = (baskets: readonly Basket[]): string => `
  INSERT INTO reservations (order_id, status, lines, version, created_at, updated_at)
  SELECT order_id, 'deducted', b.lines, 2, at + interval '45 ms', at + interval '95 ms'
  FROM seeded JOIN (
    SELECT basket, jsonb_agg(jsonb_build_object('sku', sku, 'quantity', 1)) AS lines
    FROM (VALUES ${basketRows(baskets)}) AS v (basket, line, sku, price, price_version)
    GROUP BY basket
  ) AS b USING (basket)`;

/** Receives the units that the seeded orders sell. */
const receiveGoods = (baskets: readonly Basket[]): string => `
  INSERT INTO stock_receipts (sku, key, quantity)
  SELECT b.sku, '${RECEIPT}', count(*)
  FROM seeded JOIN (VALUES ${basketRows(baskets)}) AS b (basket, line, sku, price, price_version) USING (basket)
  GROUP BY b.sku
  ON CONFLICT (sku, key) DO UPDATE SET quantity = stock_receipts.quantity + excluded.quantity`;

const deductSold = (baskets: readonly Basket[]): string => `
  UPDATE stock_levels AS l SET received = received + sold.quantity, deducted = deducted + sold.quantity
  FROM (
    SELECT b.sku, count(*) AS quantity
    FROM seeded JOIN (VALUES ${basketRows(baskets)}) AS b (basket, line, sku, price, price_version) USING (basket)
    GROUP BY b.sku
  ) AS sold
  WHERE l.sku = sold.sku`;

export const inventoryHistory: ServiceHistory = {
  add: (baskets) => [
    addReservations(baskets),
    receiveGoods(baskets),
    deductSold(baskets),
    addOutbox('inventory', [
      ['stock.held', 1, 45],
      ['stock.deducted', 2, 95],
    ]),
    addInbox('inventory.order-processing', [
      ['order.placed', 1, 30],
      ['order.confirmed', 3, 80],
    ]),
  ],
  tables: { reservations: 'order_id', outbox: 'subject', inbox: 'subject' },
  before: [
    `UPDATE stock_levels AS l SET received = received - r.quantity, deducted = deducted - r.quantity
     FROM stock_receipts AS r WHERE r.sku = l.sku AND r.key = '${RECEIPT}'`,
    `DELETE FROM stock_receipts WHERE key = '${RECEIPT}'`,
  ],
};
