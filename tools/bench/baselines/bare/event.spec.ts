import { expect, test } from 'vitest';
import { orderConfirmed } from '#contracts';
import { encodeEnvelope, eventsExchange, routingKey } from '#messaging';
import { eventExchange, newEvent, eventRoutingKey } from './event.js';

const orderId = '019aa5d0-3c8e-7a41-9b52-6f0d2e7c8a13';
const cause = { correlationid: 'a flow', causationid: 'a message', traceparent: '00-1-2-01' };

test("the bare programs' messages equal the services', byte for byte", () => {
  const { event, body } = newEvent('order.confirmed', 4, { orderId }, cause);
  const ours = encodeEnvelope({
    id: event.id,
    type: orderConfirmed.type,
    producer: 'order',
    subject: orderId,
    sequence: 4,
    occurredAt: new Date(event.time),
    correlationId: cause.correlationid,
    causationId: cause.causationid,
    traceparent: cause.traceparent,
    data: JSON.stringify({ orderId }),
  });
  expect(body).toBe(ours.toString());
  expect(eventRoutingKey(event)).toBe(routingKey(orderConfirmed, orderId));
  expect(eventExchange(event)).toBe(eventsExchange('order'));
});
