import { ProblemException } from '#http';

export function throwPaymentNotFound(): never {
  throw new ProblemException({
    status: 404,
    type: 'payment-not-found',
    detail: 'This order has no payment, or none yet: payments are created from the order queue.',
  });
}
