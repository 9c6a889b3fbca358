import { tooManyRequests } from '#access';
import { httpProblems, ProblemException, problemType } from '#http';
import type { PricingRefusal } from '../domain/pricing.js';
import type { OrderIntake } from '../use-cases/order-intake.js';
import { TooManyStreamsError } from '../use-cases/order-streams.js';

/** The problems of orders and of the catalogue. */
export const orderProblems = {
  orderNotFound: problemType('order-not-found', 404, 'The order does not exist'),
  unknownSku: problemType('unknown-sku', 422, 'The SKU is unknown'),
  mixedCurrencies: problemType('mixed-currencies', 422, 'The order has products of several currencies'),
  totalOutOfRange: problemType('total-out-of-range', 422, 'The total is out of range'),
  outboxFull: problemType('outbox-full', 503, 'The outbox is full'),
  windowOver: problemType('cancellation-window-over', 409, 'The cancellation window is over'),
  ordersOpen: problemType('orders-open', 409, 'The customer has orders that have not ended'),
  tooManyStreams: problemType('too-many-streams', 503, 'Too many event streams'),
};

type RejectedOrder = Exclude<Awaited<ReturnType<OrderIntake['place']>>, { outcome: 'accepted' }>;

/** Throws the problem details of an order that was not accepted: cause and remedy. The order was not stored. */
export function throwNotAccepted(result: RejectedOrder): never {
  switch (result.outcome) {
    case 'refused':
      return throwPricingRefused(result.refusal);
    case 'key_reused':
      throw new ProblemException({
        type: httpProblems.keyReused,
        detail: 'This Idempotency-Key was used for another order. Choose a new key for a new order.',
        errors: [{ header: 'Idempotency-Key', detail: 'was used with another body' }],
      });
    case 'in_flight':
      throw new ProblemException({
        type: httpProblems.keyInFlight,
        detail: 'A request with this Idempotency-Key is in progress. Send it again to get its response.',
        headers: { 'retry-after': '1' },
      });
    case 'outbox_full':
      throw new ProblemException({
        type: orderProblems.outboxFull,
        detail: 'Too many events are waiting to be published. The order was not stored; try again later.',
        headers: { 'retry-after': '5' },
      });
  }
}

function throwPricingRefused(refusal: PricingRefusal): never {
  switch (refusal.reason) {
    case 'unknown_sku':
      throw new ProblemException({
        type: orderProblems.unknownSku,
        detail: 'The catalogue has no such product; see GET /products.',
        errors: refusal.lines.map((line) => ({
          pointer: `#/lines/${line}/sku`,
          detail: 'is not in the catalogue',
        })),
      });
    case 'mixed_currencies':
      throw new ProblemException({
        type: orderProblems.mixedCurrencies,
        detail:
          'All products of one order must be priced in the same currency. Place one order for each currency.',
        errors: refusal.lines.map((line) => ({
          pointer: `#/lines/${line}/sku`,
          detail: 'is priced in another currency than the first line',
        })),
      });
    case 'total_out_of_range':
      throw new ProblemException({
        type: orderProblems.totalOutOfRange,
        detail: 'The total of the order is zero or above the maximum.',
        errors: [{ pointer: '#/lines', detail: 'add up to a total that is out of range' }],
      });
  }
}

export function throwOrderNotFound(): never {
  throw new ProblemException({ type: orderProblems.orderNotFound, detail: 'There is no such order.' });
}

export function throwTooManyOrders(waitMs: number): never {
  throw tooManyRequests(waitMs, 'This customer places too many orders or units, or too many were declined.');
}

export function throwWindowOver(): never {
  throw new ProblemException({
    type: orderProblems.windowOver,
    detail: 'This order completed too long ago to be cancelled here. Contact support.',
  });
}

/** Answers 429 at the max of streams of the caller, 503 at that of this process, and rethrows any other error. */
export function throwStreamProblem(error: unknown): never {
  if (!(error instanceof TooManyStreamsError)) throw error;
  if (error.ofCaller) throw tooManyRequests(10_000, 'This caller has too many open event streams.');
  throw new ProblemException({
    type: orderProblems.tooManyStreams,
    detail: 'This server has too many open event streams. Poll GET /orders/:id, or try again later.',
    headers: { 'retry-after': '10' },
  });
}
