import type { Service } from '#contracts';

/**
 * `personal`: identifies a customer, or may contain text of one; an erasure replaces it. `staff`: names an operator, or is
 * text of one. `technical`: chosen by client software; a personal value in it is not expected, and not searched for.
 */
export type Classification = 'personal' | 'staff' | 'technical' | 'none';

type Columns = Readonly<Record<string, Classification>>;

const messagingTables: Readonly<Record<string, Columns>> = {
  inbox: { consumer: 'none', type: 'none', producer: 'none', subject: 'none', outcome: 'none' },
  outbox: {
    exchange: 'none',
    routing_key: 'none',
    type: 'none',
    producer: 'none',
    subject: 'none',
    correlation_id: 'technical',
    causation_id: 'none',
    traceparent: 'none',
    tracestate: 'technical',
    data: 'personal',
    last_error: 'none',
  },
  dead_letters: {
    queue: 'none',
    key: 'none',
    message_id: 'none',
    type: 'none',
    failure_reason: 'none',
    error: 'personal',
    stack: 'personal',
    exchange: 'none',
    routing_key: 'none',
    published_by: 'none',
    properties: 'personal',
    body: 'personal',
    status: 'none',
    last_delivery: 'none',
  },
  operator_log: {
    action: 'none',
    subject: 'none',
    operator: 'staff',
    reason: 'staff',
    replaced_body: 'personal',
  },
  crash_marks: { queue: 'none', key: 'none', processes: 'none' },
  erased_orders: { pseudonym: 'none' },
};

/** Every column that can contain text, by service and table. A new column needs an entry, and an erasure if personal. */
export const textColumns: Readonly<Record<Service, Readonly<Record<string, Columns>>>> = {
  order: {
    ...messagingTables,
    products: { sku: 'none', name_en: 'none', name_zh: 'none', currency: 'none' },
    product_prices: { sku: 'none', currency: 'none' },
    orders: {
      customer_id: 'personal',
      status: 'none',
      cancellation: 'none',
      stock: 'none',
      payment: 'none',
      currency: 'none',
      correlation_id: 'technical',
      traceparent: 'none',
      tracestate: 'technical',
    },
    order_lines: { sku: 'none' },
    order_transitions: {
      trigger: 'none',
      from_status: 'none',
      to_status: 'none',
      stock: 'none',
      payment: 'none',
      reason: 'none',
    },
    idempotency_keys: { customer_id: 'personal', key: 'personal', request_hash: 'personal' },
  },
  inventory: {
    ...messagingTables,
    stock_levels: { sku: 'none' },
    reservations: { status: 'none', lines: 'none' },
    stock_receipts: { sku: 'none', key: 'none' },
  },
  payment: {
    ...messagingTables,
    payments: {
      status: 'none',
      currency: 'none',
      token: 'personal',
      authorization_id: 'none',
      capture_id: 'none',
      void_id: 'none',
      refund_id: 'none',
      decline_reason: 'none',
      capture_refusal: 'none',
      void_refusal: 'none',
      refund_refusal: 'none',
    },
    gateway_operations: {
      idempotency_key: 'none',
      operation: 'none',
      last_error: 'none',
      parked_cause: 'none',
      outcome: 'none',
      correlation_id: 'technical',
      causation_id: 'none',
      traceparent: 'none',
      tracestate: 'technical',
    },
    external_settlements: { operation: 'none', reference: 'none' },
  },
};
