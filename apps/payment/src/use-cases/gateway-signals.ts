import { Signal } from '#observability';
import type { GatewayAnswer } from '../domain/payment.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';

/** Questions to the gateway are answered, and the answers stored; one without an answer is to be asked again. */
export const answersSettled = new Signal<
  readonly { readonly operation: LeasedOperation; readonly answer?: GatewayAnswer }[]
>('gateway-answers-settled');
