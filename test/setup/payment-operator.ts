import type { ApiResponse } from '../../tools/client/api-types.js';
import type { ShopClient } from '../../tools/client/shop-client.js';

/** The caller of payment actions: the operator in the operator log. */
export const OPERATOR = '小伟';

export interface ActionResult {
  readonly dryRun?: true;
  readonly action: string;
  readonly count: number;
}

/** The body that performs an action; an empty body is a dry run. */
export const confirmation = { expect: 1, reason: 'the bank confirmed it' };

/** Calls `POST /operator/payments/…` as {@link OPERATOR}, or as `caller`, and returns any response. No order: a selection. */
export function callPaymentAction(
  shop: ShopClient,
  orderId: string,
  action: 'refund/retry' | 'operations/release',
  {
    body = confirmation,
    caller = shop.as(OPERATOR, ['operator']),
  }: { body?: object; caller?: ShopClient } = {},
): Promise<ApiResponse<ActionResult>> {
  const path = ['/operator/payments', orderId, action].filter((part) => part !== '').join('/');
  return caller.request('payment', 'POST', path, { body });
}
