import type { StockLine } from './entities/stock.js';

/** The data of every event, by its name, which is also its routing key. */
export interface Events {
  'order.placed': { orderId: string; lines: StockLine[]; total: number; paymentToken: string };
  'order.confirmed': { orderId: string };
  'order.cancelled': { orderId: string };
  'order.completed': { orderId: string; total: number };
  'stock.held': { orderId: string; lines: StockLine[] };
  'stock.rejected': { orderId: string };
  'stock.deducted': { orderId: string; lines: StockLine[] };
  'stock.released': { orderId: string };
  'payment.authorized': { orderId: string; amount: number; authorizationId: string };
  'payment.declined': { orderId: string; reason: string };
  'payment.captured': { orderId: string; amount: number; captureId: string };
  'payment.voided': { orderId: string };
}

export type EventName = keyof Events;

/** A message on the wire: a pattern and its data, as in Nest's microservices. */
export interface Message<Name extends EventName = EventName> {
  id: string;
  pattern: Name;
  data: Events[Name];
}
