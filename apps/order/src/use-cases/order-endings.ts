import { DiagnosticChannel } from '#observability';
import type { OrderProcess } from '../domain/order-process.js';

/** `refunded`: cancelled after the payment was captured. */
export const endingOutcomes = ['completed', 'cancelled', 'refunded'] as const;

/** An order that a step completed or cancelled. A completed order that is cancelled later ends twice. */
export interface OrderEnding {
  readonly outcome: (typeof endingOutcomes)[number];
  /** Time since the order was placed. */
  readonly seconds: number;
}

/** Published once per commit, with the orders that ended in it. */
export const ordersEnded = new DiagnosticChannel<readonly OrderEnding[]>('orders-ended');

/** The ending in the step from `before` to `after`, or none. */
export function endingFor(before: OrderProcess, after: OrderProcess, seconds: number): OrderEnding[] {
  if (after.status === before.status) return [];
  if (after.status === 'completed') return [{ outcome: 'completed', seconds }];
  if (after.status !== 'cancelled') return [];
  return [{ outcome: after.payment === 'refunded' ? 'refunded' : 'cancelled', seconds }];
}
