import { v7 as uuidv7 } from 'uuid';
import { type Corruption, removeFromLedger, settleRefund } from './corruptions.js';

const unknownOrderId = uuidv7();

export const orderCorruptions: readonly Corruption[] = [
  {
    name: 'a total is changed',
    reportedBy: ['S5'],
    apply: ({ order }, { outOfStock }) =>
      order('UPDATE orders SET total_amount = total_amount + 1 WHERE id = $1', [outOfStock]),
  },
  {
    name: 'a past price is changed',
    reportedBy: ['S5'],
    apply: ({ order }) =>
      order(`UPDATE product_prices SET amount = amount + 1 WHERE sku = 'TEA' AND version = 2`),
  },
  {
    name: 'an order line is lost',
    reportedBy: ['S5', 'Q2'],
    apply: ({ order }, { completed }) =>
      order('DELETE FROM order_lines WHERE order_id = $1 AND line = 2', [completed]),
  },
  {
    name: 'an order line names another price version',
    reportedBy: ['S5'],
    apply: ({ order }, { declined }) =>
      order('UPDATE order_lines SET price_version = 1 WHERE order_id = $1', [declined]),
  },
  {
    name: 'a transition is lost',
    reportedBy: ['S6'],
    apply: ({ order }, { completed }) =>
      order('DELETE FROM order_transitions WHERE order_id = $1 AND version = 3', [completed]),
  },
  {
    name: 'a transition skips a version',
    reportedBy: ['S6'],
    apply: async ({ order }, { completed }) => {
      await order('UPDATE order_transitions SET version = version + 1 WHERE order_id = $1 AND version = 5', [
        completed,
      ]);
      await order('UPDATE orders SET version = version + 1 WHERE id = $1', [completed]);
    },
  },
  {
    name: 'an order makes an impossible transition',
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
    name: 'the version of an order differs from its transitions',
    reportedBy: ['S6'],
    apply: ({ order }, { completed }) =>
      order('UPDATE orders SET version = version + 1 WHERE id = $1', [completed]),
  },
  {
    name: 'the version of a reservation differs from its events',
    reportedBy: ['S6'],
    apply: ({ inventory }, { completed }) =>
      inventory('UPDATE reservations SET version = version + 1 WHERE order_id = $1', [completed]),
  },
  {
    name: 'a payment makes an impossible transition',
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
    name: 'an order has no idempotency key',
    reportedBy: ['S7'],
    apply: ({ order }, { completed }) =>
      order('DELETE FROM idempotency_keys WHERE order_id = $1', [completed]),
  },
  {
    name: 'an order is lost, its other rows are not',
    reportedBy: ['Q1'],
    apply: ({ order }, { completed }) => order('DELETE FROM orders WHERE id = $1', [completed]),
  },
  {
    name: 'an order is lost with its rows in order',
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
    name: 'an accepted order has no row',
    reportedBy: ['Q1'],
    accepted: [unknownOrderId],
    apply: () => {},
  },
  {
    name: 'an order does not end',
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
    name: 'an inbox is emptied',
    reportedBy: ['Q5'],
    apply: ({ inventory }) => inventory('DELETE FROM inbox'),
  },
  {
    name: 'an inbox has a message of no outbox',
    reportedBy: ['Q5'],
    apply: ({ inventory }) =>
      inventory(
        `INSERT INTO inbox (consumer, message_id, type, producer, subject, sequence)
         VALUES ('inventory.order-processing', $1, 'order.placed.v1', 'order', $2, 1)`,
        [uuidv7(), unknownOrderId],
      ),
  },
  {
    name: 'the outbox row of a claimed message is deleted',
    reportedBy: ['Q5'],
    apply: ({ order }, { completed }) =>
      order(`DELETE FROM outbox WHERE type = 'order.confirmed.v1' AND subject = $1`, [completed]),
  },
  {
    name: 'an event of a reservation is deleted from the outbox',
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
    name: 'a replayed dead letter is never claimed',
    reportedBy: ['Q5'],
    apply: ({ inventory }, { deadLetter }) =>
      inventory(`UPDATE dead_letters SET status = 'replayed' WHERE message_id = $1`, [deadLetter]),
  },
  {
    name: 'the dead letter names a queue of another consumer',
    reportedBy: ['Q5'],
    apply: ({ inventory }, { deadLetter }) =>
      inventory(`UPDATE dead_letters SET queue = 'inventory.other.0' WHERE message_id = $1`, [deadLetter]),
  },
  {
    name: 'a lower version is applied after a higher one',
    reportedBy: ['Q6'],
    apply: ({ payment }, { tombstoned }) =>
      payment(`UPDATE inbox SET outcome = 'done' WHERE outcome = 'overtaken' AND subject = $1`, [tombstoned]),
  },
  {
    name: 'a result is applied after a later one',
    reportedBy: ['Q6'],
    apply: ({ order }, { overtaken }) =>
      order(`UPDATE inbox SET outcome = 'done' WHERE outcome = 'overtaken' AND subject = $1`, [overtaken]),
  },
  {
    name: 'two transitions of an order swap their messages',
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

/** Changes that no invariant may report. */
export const harmlessChanges: readonly Corruption[] = [
  {
    name: 'a refund that an operator recorded as executed outside',
    reportedBy: [],
    apply: async (fixture, { refunded }) => {
      await settleRefund(fixture.payment, refunded);
      await removeFromLedger(
        fixture,
        ({ operation, reference }) => operation === 'refund' && reference === refunded,
      );
    },
  },
  {
    name: 'a discarded dead letter',
    reportedBy: [],
    apply: ({ inventory }) => inventory(`UPDATE dead_letters SET status = 'discarded'`),
  },
  {
    name: 'a dead letter with an empty body',
    reportedBy: [],
    apply: ({ inventory }) => inventory(`UPDATE dead_letters SET body = '', failure_reason = 'malformed'`),
  },
  {
    name: 'a dead letter of an unknown type',
    reportedBy: [],
    apply: ({ inventory }) =>
      inventory(
        `INSERT INTO dead_letters (id, queue, key, type, failure_reason, error, attempts, exchange, routing_key, properties, body)
         SELECT gen_random_uuid(), queue, 'x', '🫖', 'malformed', error, 1, '', queue, '{}', 'x' FROM dead_letters`,
      ),
  },
  {
    name: 'a dead letter whose message was claimed after its replay',
    reportedBy: [],
    apply: ({ inventory }, { deadLetter }) =>
      inventory(
        `INSERT INTO inbox (consumer, message_id, type, producer, subject, sequence)
         VALUES ('inventory.order-processing', $1, 'product.listed.v1', 'order', 'NEVER-HEARD-OF', 1)`,
        [deadLetter],
      ),
  },
  {
    name: 'a parked event',
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
