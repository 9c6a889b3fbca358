import { failSpan, isSampled, SpanKind, startSpan, traceContext } from '#observability';
import type { GatewayResponse } from '../domain/payment.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';

/**
 * Sends an operation as a CLIENT span that continues the trace of its cause. `operation` of the result carries the
 * context of the span, for the event that the response causes. Every attempt has a span.
 */
export async function sendTraced(
  operation: LeasedOperation,
  send: (operation: LeasedOperation) => Promise<GatewayResponse>,
): Promise<{ readonly operation: LeasedOperation; readonly response: GatewayResponse }> {
  if (!isSampled(operation)) return { operation, response: await send(operation) };
  const span = startSpan(`${operation.operation} payment-gateway`, {
    kind: SpanKind.CLIENT,
    parent: operation,
    attributes: {
      'peer.service': 'payment-gateway',
      'gateway.operation': operation.operation,
      'gateway.attempt': operation.attempts,
    },
  });
  if (!span) return { operation, response: await send(operation) };
  try {
    const traced = { ...operation, ...traceContext(span) };
    const response = await send(traced);
    span.setAttribute('gateway.outcome', response.outcome);
    return { operation: traced, response };
  } catch (error) {
    failSpan(span, (error as Error).name);
    throw error;
  } finally {
    span.end();
  }
}
