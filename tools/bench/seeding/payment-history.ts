import { addInbox, addOutbox, type ServiceHistory, TRACEPARENT } from './order-history.js';

const ADD_PAYMENTS = `
  INSERT INTO payments (order_id, status, cancel_requested, amount, currency, token, authorization_id, capture_id, version,
                        created_at, updated_at)
  SELECT order_id, 'captured', false, total, 'CNY', 'tok_visa', 'aut_' || pg_temp.seeded_id(ms, i, 8),
         'cap_' || pg_temp.seeded_id(ms, i, 9), 4, at + interval '30 ms', at + interval '105 ms'
  FROM seeded`;

const ADD_OPERATIONS = `
  INSERT INTO gateway_operations (idempotency_key, order_id, operation, attempts, next_attempt_at, outcome, completed_at,
                                  correlation_id, causation_id, traceparent, created_at)
  SELECT order_id || ':' || o.operation, order_id, o.operation, 1, at + interval '10 s', 'approved',
         at + (o.after_ms + 20) * interval '1 ms', order_id::text, pg_temp.seeded_id(ms, i, o.kind)::text, ${TRACEPARENT},
         at + o.after_ms * interval '1 ms'
  FROM seeded CROSS JOIN (VALUES ('authorize', 1, 30), ('capture', 2, 80)) AS o (operation, kind, after_ms)`;

export const paymentHistory: ServiceHistory = {
  add: () => [
    ADD_PAYMENTS,
    ADD_OPERATIONS,
    addOutbox('payment', [
      ['payment.authorized', 2, 50],
      ['payment.captured', 4, 105],
    ]),
    addInbox('payment.order-processing', [
      ['order.placed', 1, 30],
      ['order.confirmed', 3, 80],
    ]),
  ],
  tables: { payments: 'order_id', gateway_operations: 'order_id', outbox: 'subject', inbox: 'subject' },
};
