import type { Answer } from '../../tools/client/api-types.js';
import type { Shop } from '../../tools/client/shop-client.js';

/** What lets operators in at a payment service; a given shop may have its own. */
export const PAYMENT_OPERATOR_TOKEN = process.env['PAYMENT_OPERATOR_TOKEN'] ?? 'the-token-of-the-operators';

/** The settings of a payment service that lets them in. */
export const lettingOperatorsIn = { PAYMENT_OPERATOR_TOKEN };

export interface Act {
  readonly dryRun?: true;
  readonly act: string;
  readonly count: number;
}

/** Has it done; without, it is a dry run. */
export const consent = { expect: 1, operator: '小伟', why: 'the bank has been asked' };

/** `POST /operator/payments/…` with the operators' token, whatever is answered. */
export function actOnPayment(
  shop: Shop,
  orderId: string,
  verb: 'refund/retry' | 'operations/release',
  { body = consent, token = PAYMENT_OPERATOR_TOKEN }: { body?: object; token?: string } = {},
): Promise<Answer<Act>> {
  const headers: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
  return shop.request('payment', 'POST', `/operator/payments/${orderId}/${verb}`, { body, headers });
}
