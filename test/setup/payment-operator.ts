import type { ApiResponse } from '../../tools/client/api-types.js';
import type { ShopClient } from '../../tools/client/shop-client.js';

/** The token of operators; a shop that runs already may have another one. */
export const PAYMENT_OPERATOR_TOKEN = process.env['PAYMENT_OPERATOR_TOKEN'] ?? 'test-operator-token';

/** The variables of a payment service with the REST interface for operators. */
export const operatorApiVariables = { PAYMENT_OPERATOR_TOKEN };

export interface ActionResult {
  readonly dryRun?: true;
  readonly action: string;
  readonly count: number;
}

/** The body that performs an action; an empty body is a dry run. */
export const confirmation = { expect: 1, operator: '小伟', reason: 'the bank confirmed it' };

/** Calls `POST /operator/payments/…` with the token of operators, and returns any response. No order: a selection. */
export function callPaymentAction(
  shop: ShopClient,
  orderId: string,
  action: 'refund/retry' | 'operations/release',
  { body = confirmation, token = PAYMENT_OPERATOR_TOKEN }: { body?: object; token?: string } = {},
): Promise<ApiResponse<ActionResult>> {
  const headers: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
  const path = ['/operator/payments', orderId, action].filter((part) => part !== '').join('/');
  return shop.request('payment', 'POST', path, { body, headers });
}
