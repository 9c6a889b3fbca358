import { v7 as uuidv7 } from 'uuid';
import type { Corruption } from './corruptions.js';

const unknownOrderId = uuidv7();

export const orderCorruptions: readonly Corruption[] = [
  {
    name: 'a total is changed',
    reportedBy: ['S5'],
    apply: ({ order }, { outOfStock }) =>
      order('UPDATE orders SET total_amount = total_amount + 1 WHERE id = $1', [outOfStock]),
  },
  {
    name: 'a price in the history is changed',
    reportedBy: ['S5'],
    apply: ({ order }) =>
      order(`UPDATE product_prices SET amount = amount + 1 WHERE sku = 'TEA' AND version = 2`),
  },
  {
    name: 'a line is lost',
    reportedBy: ['S5', 'Q2'],
    apply: ({ order }, { completed }) =>
      order('DELETE FROM order_lines WHERE order_id = $1 AND line = 2', [completed]),
  },
  {
    name: 'a line is sold at a price of another version',
    reportedBy: ['S5'],
    apply: ({ order }, { declined }) =>
      order('UPDATE order_lines SET price_version = 1 WHERE order_id = $1', [declined]),
  },
  {
    name: 'a step of the history is lost',
    reportedBy: ['S6'],
    apply: ({ order }, { completed }) =>
      order('DELETE FROM order_transitions WHERE order_id = $1 AND version = 3', [completed]),
  },
  {
    name: 'the history skips a version',
    reportedBy: ['S6'],
    apply: async ({ order }, { completed }) => {
      await order('UPDATE order_transitions SET version = version + 1 WHERE order_id = $1 AND version = 5', [
        completed,
      ]);
      await order('UPDATE orders SET version = version + 1 WHERE id = $1', [completed]);
    },
  },
  {
    name: 'an order goes a way that is not allowed',
    reportedBy: ['S6'],
    apply: async ({ order }, { completed }) => {
      await order(
        `UPDATE order_transitions SET to_status = 'cancelling' WHERE order_id = $1 AND version = 3`,
        [completed],
      );
      await order(
        `UPDATE order_transitions SET from_status = 'cancelling' WHERE order_id = $1 AND version = 4`,
        [completed],
      );
    },
  },
  {
    name: 'an order is not where its history says',
    reportedBy: ['S6'],
    apply: ({ order }, { completed }) =>
      order('UPDATE orders SET version = version + 1 WHERE id = $1', [completed]),
  },
  {
    name: 'a reservation is not where its history says',
    reportedBy: ['S6'],
    apply: ({ inventory }, { completed }) =>
      inventory('UPDATE reservations SET version = version + 1 WHERE order_id = $1', [completed]),
  },
  {
    name: 'a payment goes a way that is not allowed',
    reportedBy: ['S6'],
    apply: ({ payment }, { completed }) =>
      payment(
        `UPDATE outbox SET type = 'payment.declined.v1' WHERE type = 'payment.authorized.v1' AND subject = $1`,
        [completed],
      ),
  },
  {
    name: 'two orders share one idempotency key',
    reportedBy: ['S7'],
    apply: ({ order }, { completed, declined }) =>
      order(
        `UPDATE idempotency_keys SET key = (SELECT key FROM idempotency_keys WHERE order_id = $1)
         WHERE order_id = $2`,
        [completed, declined],
      ),
  },
  {
    name: 'an order came about without an idempotency key',
    reportedBy: ['S7'],
    apply: ({ order }, { completed }) =>
      order('DELETE FROM idempotency_keys WHERE order_id = $1', [completed]),
  },
  {
    name: 'an order is lost, but not its traces',
    reportedBy: ['Q1'],
    apply: ({ order }, { completed }) => order('DELETE FROM orders WHERE id = $1', [completed]),
  },
  {
    name: 'an order is lost with every trace in its own service',
    reportedBy: ['Q1', 'Q5'],
    apply: async ({ order }, { completed }) => {
      await order('DELETE FROM orders WHERE id = $1', [completed]);
      await order('DELETE FROM order_lines WHERE order_id = $1', [completed]);
      await order('DELETE FROM order_transitions WHERE order_id = $1', [completed]);
      await order('DELETE FROM idempotency_keys WHERE order_id = $1', [completed]);
      await order('DELETE FROM outbox WHERE subject = $1', [completed]);
    },
  },
  {
    name: 'an accepted order is nowhere to be found',
    reportedBy: ['Q1'],
    accepted: [unknownOrderId],
    apply: () => {},
  },
  {
    name: 'an order never ends',
    reportedBy: ['Q1', 'Q2'],
    apply: async ({ order }, { completed }) => {
      await order('DELETE FROM order_transitions WHERE order_id = $1 AND version = 5', [completed]);
      await order(`UPDATE orders SET status = 'confirmed', version = 4 WHERE id = $1`, [completed]);
    },
  },
];

export const messageCorruptions: readonly Corruption[] = [
  {
    name: 'an inbox row is deleted',
    reportedBy: ['Q5'],
    apply: ({ payment }, { completed }) =>
      payment(`DELETE FROM inbox WHERE type = 'order.confirmed.v1' AND subject = $1`, [completed]),
  },
  {
    name: 'a whole inbox is emptied',
    reportedBy: ['Q5'],
    apply: ({ inventory }) => inventory('DELETE FROM inbox'),
  },
  {
    name: 'a message is claimed that no outbox has',
    reportedBy: ['Q5'],
    apply: ({ inventory }) =>
      inventory(
        `INSERT INTO inbox (consumer, message_id, type, producer, subject, sequence)
         VALUES ('inventory.order-processing', $1, 'order.placed.v1', 'order', $2, 1)`,
        [uuidv7(), unknownOrderId],
      ),
  },
  {
    name: 'an outbox row vanishes although its message was claimed',
    reportedBy: ['Q5'],
    apply: ({ order }, { completed }) =>
      order(`DELETE FROM outbox WHERE type = 'order.confirmed.v1' AND subject = $1`, [completed]),
  },
  {
    name: 'an event of a reservation vanishes from the outbox',
    reportedBy: ['S6', 'Q5'],
    apply: ({ inventory }, { completed }) =>
      inventory(`DELETE FROM outbox WHERE type = 'stock.held.v1' AND subject = $1`, [completed]),
  },
  {
    name: 'a dead letter is lost',
    reportedBy: ['Q5'],
    apply: ({ inventory }, { deadLetter }) =>
      inventory('DELETE FROM dead_letters WHERE message_id = $1', [deadLetter]),
  },
  {
    name: 'a dead letter is replayed and never arrives',
    reportedBy: ['Q5'],
    apply: ({ inventory }, { deadLetter }) =>
      inventory(`UPDATE dead_letters SET status = 'replayed' WHERE message_id = $1`, [deadLetter]),
  },
  {
    name: 'the dead letter of another consumer stands for it',
    reportedBy: ['Q5'],
    apply: ({ inventory }, { deadLetter }) =>
      inventory(`UPDATE dead_letters SET queue = 'inventory.other.0' WHERE message_id = $1`, [deadLetter]),
  },
  {
    name: 'a lower version takes effect after a higher one',
    reportedBy: ['Q6'],
    apply: ({ payment }, { tombstoned }) =>
      payment(`UPDATE inbox SET outcome = 'done' WHERE outcome = 'overtaken' AND subject = $1`, [tombstoned]),
  },
  {
    name: 'a result takes effect after a later one',
    reportedBy: ['Q6'],
    apply: ({ order }, { overtaken }) =>
      order(`UPDATE inbox SET outcome = 'done' WHERE outcome = 'overtaken' AND subject = $1`, [overtaken]),
  },
  {
    name: "the steps of an order's history were brought by its messages in the wrong order",
    reportedBy: ['Q6'],
    apply: ({ order }, { completed }) =>
      order(
        `UPDATE order_transitions AS t SET message_id = other.message_id
         FROM order_transitions AS other
         WHERE t.order_id = $1 AND other.order_id = $1
           AND (t.trigger, other.trigger) IN (
             ('payment.authorized', 'payment.captured'), ('payment.captured', 'payment.authorized'))`,
        [completed],
      ),
  },
  ...(
    [
      'body = NULL',
      `body = ''`,
      `failure_reason = ''`,
      `error = ''`,
      `exchange = '', routing_key = ''`,
    ] as const
  ).map((change): Corruption => ({
    name: `a dead letter is stored with ${change}`,
    reportedBy: ['Q7'],
    apply: ({ inventory }) => inventory(`UPDATE dead_letters SET ${change}`),
  })),
];

/** What looks odd and is in order. */
export const harmlessChanges: readonly Corruption[] = [
  {
    name: 'a dead letter that was discarded with a reason',
    reportedBy: [],
    apply: ({ inventory }) => inventory(`UPDATE dead_letters SET status = 'discarded'`),
  },
  {
    name: 'a dead letter of a message that came without any bytes',
    reportedBy: [],
    apply: ({ inventory }) => inventory(`UPDATE dead_letters SET body = '', failure_reason = 'malformed'`),
  },
  {
    name: 'a dead letter that is no message of ours',
    reportedBy: [],
    apply: ({ inventory }) =>
      inventory(
        `INSERT INTO dead_letters SELECT gen_random_uuid(), queue, 'x', '🫖', NULL, 'malformed', error, stack, 1,
                '', queue, NULL, '{}', 'x', 'open', 1, now(), now() FROM dead_letters`,
      ),
  },
  {
    name: 'a message that is both a dead letter and, since its replay, claimed',
    reportedBy: [],
    apply: ({ inventory }, { deadLetter }) =>
      inventory(
        `INSERT INTO inbox (consumer, message_id, type, producer, subject, sequence)
         VALUES ('inventory.order-processing', $1, 'product.listed.v1', 'order', 'NEVER-HEARD-OF', 1)`,
        [deadLetter],
      ),
  },
  {
    name: 'an event that could not be published and is set aside',
    reportedBy: [],
    apply: ({ order }) =>
      order(
        `INSERT INTO outbox (id, exchange, routing_key, type, producer, subject, sequence, correlation_id, data,
                             attempts, parked_at)
         VALUES ($1, 'order.events', 'product.listed.0', 'product.listed.v1', 'order', 'BIG', 1, '', '{}', 5, now())`,
        [uuidv7()],
      ),
  },
];
