import { ProblemException } from '#http';

export function throwPaymentNotFound(): never {
  throw new ProblemException({
    status: 404,
    type: 'payment-not-found',
    detail: 'There is no payment for this order, or not yet: payments follow orders through the queue.',
  });
}
