import { ProblemException, problemType } from '#http';

/** The problems of payments. */
export const paymentProblems = {
  paymentNotFound: problemType('payment-not-found', 404, 'The payment does not exist'),
  settlementRefused: problemType('settlement-refused', 409, 'The payment cannot take the settlement'),
  nothingParked: problemType('nothing-parked', 409, 'No gateway operation is parked'),
  noFailedRefund: problemType('no-failed-refund', 409, 'No refund failed'),
};

export function throwPaymentNotFound(): never {
  throw new ProblemException({
    type: paymentProblems.paymentNotFound,
    detail: 'This order has no payment, or none yet: payments are created from the order queue.',
  });
}
