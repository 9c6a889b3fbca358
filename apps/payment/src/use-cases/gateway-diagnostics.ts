import { DiagnosticChannel } from '#observability';
import type { GatewayResponse } from '../domain/payment.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';

/**
 * Requests to the gateway: with `response` once that is stored, without it when the operation is retried or parked.
 * `seconds` is the time from sending the request to its response or failure.
 */
export const operationsAttempted = new DiagnosticChannel<
  readonly {
    readonly operation: LeasedOperation;
    readonly response?: GatewayResponse;
    readonly seconds: number;
  }[]
>('gateway-operations-attempted');
