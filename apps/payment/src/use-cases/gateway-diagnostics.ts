import { DiagnosticChannel } from '#observability';
import type { GatewayResponse } from '../domain/payment.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';

/** Questions to the gateway are answered, and the answers stored; one without an answer is to be asked again. */
export const operationsAttempted = new DiagnosticChannel<
  readonly { readonly operation: LeasedOperation; readonly response?: GatewayResponse }[]
>('gateway-operations-attempted');
