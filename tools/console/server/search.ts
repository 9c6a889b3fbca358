import { statement } from '#database';
import { listDeadLetters } from '#dead-letters';
import type { OrderRow, Session } from '../protocol.js';
import type { Databases } from './databases.js';

const FOUND_MAX = 50;

// An id is found by primary key; a part of an id, an SKU or a customer among the newest 5,000 orders.
const ORDERS = statement(
  'console_search_orders',
  `WITH candidates AS (
     SELECT * FROM orders WHERE id = $2::uuid
     UNION
     SELECT * FROM (SELECT * FROM orders ORDER BY id DESC LIMIT 5000) AS recent
     WHERE $2::uuid IS NULL AND (
       strpos(id::text, lower($1)) > 0 OR customer_id = $1 OR status = lower($1) OR cancellation = lower($1)
       OR EXISTS (SELECT FROM order_lines AS l WHERE l.order_id = recent.id AND strpos(l.sku, upper($1)) > 0))
     ORDER BY id DESC LIMIT ${FOUND_MAX}
   )
   SELECT o.id, round(extract(epoch FROM placed_at) * 1000)::float8 AS "placedAt", total_amount AS amount, currency,
          status, cancellation AS reason, stock, payment,
          round(extract(epoch FROM updated_at - placed_at) * 1000)::float8 AS ms,
          (SELECT json_build_object('en', string_agg(quantity || ' × ' || name_en, ' + ' ORDER BY line),
                                    'zh', string_agg(quantity || ' × ' || name_zh, ' + ' ORDER BY line))
           FROM order_lines AS l JOIN products AS p USING (sku) WHERE l.order_id = o.id) AS items
   FROM candidates AS o ORDER BY o.id DESC`,
);

const PRODUCTS = statement(
  'console_products',
  `SELECT sku, json_build_object('en', name_en, 'zh', name_zh) AS name FROM products ORDER BY sku LIMIT 200`,
);

/** Finds orders by id, SKU, customer or status, and dead letters by id, message id or a part of their error. */
export async function search(databases: Databases, text: string) {
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text : null;
  const order = await databases.open('order');
  const [orders, letters] = await Promise.all([
    order.query<OrderRow>(ORDERS, [text, uuid]),
    databases.readFromEach(async (database) =>
      uuid === null
        ? listDeadLetters(database, { error: text }, FOUND_MAX)
        : // The bytes of a body contain the id of its message and of its order.
          [
            ...(await listDeadLetters(database, { ids: [uuid] }, 1)),
            ...(await listDeadLetters(database, { orderId: text.toLowerCase() }, FOUND_MAX)),
          ],
    ),
  ]);
  return { orders, letters: letters.items };
}

/** The products that an order can contain, by SKU. */
export async function listProducts(databases: Databases): Promise<Session['products']> {
  const database = await databases.open('order');
  return database.query<Session['products'][number]>(PRODUCTS);
}
