import { eventContracts, services } from '#contracts';
import type { Invariant, SqlCheck } from './invariant.js';

const orderEventTypes = Object.values(eventContracts)
  .filter(({ subject }) => subject === 'order')
  .map(({ type }) => type);

const problem = { en: 'applied after one that was not lower', zh: '在更高（或相同）版本之后被应用' };

const inboxChecks = services.map((service): SqlCheck => ({
  service,
  problem,
  // `position` is drawn when a message is claimed, and messages of one order are claimed one after the other; those of
  // one batch in the order of their sequence, so within a batch only the outcome tells.
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

/** The order's own history says in which order the effects came about, whatever the inbox says. */
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
    en: 'per source and order, no effect of a lower version was applied after one of a higher',
    zh: '同一来源、同一订单，低版本的效果从不在高版本之后应用',
  },
  sql: [...inboxChecks, historyCheck],
};
