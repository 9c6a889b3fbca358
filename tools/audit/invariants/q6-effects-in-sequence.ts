import { eventContracts, services } from '#contracts';
import type { Invariant, SqlCheck } from './invariant.js';
import { uniqueKeyCheck } from './unique-keys.js';

const orderEventTypes = Object.values(eventContracts)
  .filter(({ subject }) => subject === 'order')
  .map(({ type }) => type);

const problem = { en: 'applied after an equal or higher version', zh: '在更高（或相同）版本之后被应用' };

const inboxChecks = services.map((service): SqlCheck => ({
  service,
  problem,
  // `position` is assigned at the claim. Messages of one order are claimed one after the other, and those of one batch
  // by sequence: within a batch, only the outcome shows an overtaken message.
  violations: `
      SELECT consumer, subject AS "orderId", type, sequence, highest AS "appliedBefore", message_id AS "messageId"
      FROM (
        SELECT *, max(sequence) OVER (
                    PARTITION BY consumer, producer, subject ORDER BY position
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                  ) AS highest
        FROM inbox
        WHERE outcome = 'done' AND type = ANY ($1::text[])
      ) AS applied
      WHERE sequence <= highest
      ORDER BY subject, position`,
  values: [orderEventTypes],
  count: `SELECT count(*) FROM inbox WHERE outcome = 'done'`,
}));

/** The order's history records the sequence of effects independently of the inbox. */
const historyCheck: SqlCheck = {
  service: 'order',
  problem,
  violations: `
    SELECT order_id AS "orderId", version, type, sequence, highest AS "appliedBefore", message_id AS "messageId"
    FROM (
      SELECT t.order_id, t.version, i.type, i.sequence, t.message_id,
             max(i.sequence) OVER (
               PARTITION BY t.order_id, i.producer ORDER BY t.version
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
             ) AS highest
      FROM order_transitions AS t
      JOIN inbox AS i ON i.message_id = t.message_id
    ) AS applied
    WHERE sequence <= highest
    ORDER BY order_id, version`,
};

export const q6: Invariant = {
  id: 'Q6',
  statement: {
    en: 'per producer and order, no lower version takes effect after a higher one',
    zh: '同一生产者、同一订单，低版本从不在高版本之后生效',
  },
  sql: [
    ...inboxChecks,
    historyCheck,
    ...services.map((service) => uniqueKeyCheck(service, 'inbox', ['consumer', 'message_id'])),
  ],
};
