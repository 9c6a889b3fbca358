import { crc32 } from 'node:zlib';
import { v7 as uuidv7 } from 'uuid';

/** The data that all events share. */
export interface OrderData {
  readonly orderId: string;
  readonly [member: string]: unknown;
}

/** A CloudEvents envelope with the same attributes as the services' messages. */
export interface Event<Data extends OrderData = OrderData> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly partitionkey: string;
  readonly sequence: string;
  readonly correlationid: string;
  readonly causationid?: string;
  readonly traceparent: string;
  readonly data: Data;
}

/** Attributes that an event takes over from the message or request that caused it. */
export type Cause = Pick<Event, 'correlationid' | 'causationid' | 'traceparent'>;

export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
}

export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** An event and its JSON, encoded once. */
export interface EncodedEvent {
  readonly event: Event;
  readonly body: string;
}

export function encodeEvent(event: Event): EncodedEvent {
  return { event, body: JSON.stringify(event) };
}

/** @param name the event's type without its version: `order.placed` */
export function newEvent(name: string, version: number, data: OrderData, cause: Cause): EncodedEvent {
  return encodeEvent({
    specversion: '1.0',
    id: uuidv7(),
    source: `/${producer(name)}`,
    type: `${name}.v1`,
    subject: data.orderId,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    partitionkey: data.orderId,
    sequence: String(version).padStart(10, '0'),
    ...cause,
    data,
  });
}

export function causedBy({ id, correlationid, traceparent }: Event): Cause {
  return { correlationid, causationid: id, traceparent };
}

/** `order.placed.v1` → `order.placed` */
export function eventName({ type }: Event): string {
  return type.slice(0, -'.v1'.length);
}

export function eventRoutingKey(event: Event): string {
  return `${eventName(event)}.${crc32(event.subject) % 16}`;
}

export function eventExchange(event: Event): string {
  return `${event.source.slice(1)}.events`;
}

function producer(name: string): string {
  if (name.startsWith('order.')) return 'order';
  return name.startsWith('stock.') ? 'inventory' : 'payment';
}
