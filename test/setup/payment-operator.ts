import type { ApiResponse } from '../../tools/client/api-types.js';
import type { ShopClient } from '../../tools/client/shop-client.js';

/** What lets operators in at a payment service; a given shop may have its own. */
export const PAYMENT_OPERATOR_TOKEN = process.env['PAYMENT_OPERATOR_TOKEN'] ?? 'test-operator-token';

/** The settings of a payment service that lets them in. */
export const operatorApiVariables = { PAYMENT_OPERATOR_TOKEN };

export interface ActionResult {
  readonly dryRun?: true;
  readonly action: string;
  readonly count: number;
}

/** Has it done; without, it is a dry run. */
export const confirmation = { expect: 1, operator: '小伟', reason: 'the bank has been asked' };

/** `POST /operator/payments/…` with the operators' token, whatever is answered. */
export function callPaymentAction(
  shop: ShopClient,
  orderId: string,
  action: 'refund/retry' | 'operations/release',
  { body = confirmation, token = PAYMENT_OPERATOR_TOKEN }: { body?: object; token?: string } = {},
): Promise<ApiResponse<ActionResult>> {
  const headers: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
  return shop.request('payment', 'POST', `/operator/payments/${orderId}/${action}`, { body, headers });
}
