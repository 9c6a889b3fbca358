import { Pool } from 'undici';
import { z } from 'zod';
import { gatewayReason, gatewayReference } from '#contracts';
import type { GatewayResponse, Intent } from '../domain/payment.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';
import { OutcomeUnknownError, type PaymentGateway, RequestRejectedError } from './payment-gateway.js';

export interface HttpGatewayOptions {
  /** `http://host:port` */
  readonly url: string;
  /** Longest one request may take. */
  readonly timeoutMs: number;
  /** Connections kept open, and requests at once. */
  readonly connectionsMax: number;
}

/**
 * What a gateway answers when the request itself is at fault. Not among them: 401 and 403, which concern all requests
 * alike until somebody mends our credentials; 408, 409, 425 and 429, which ask for patience.
 */
const REJECTED_STATUSES: ReadonlySet<number> = new Set([400, 404, 405, 410, 411, 413, 414, 415, 422]);

const RESPONSE_BYTES_MAX = 64 * 1024;

const responseSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('approved'), idempotencyKey: z.string(), id: gatewayReference }),
  z.object({ status: z.literal('refused'), idempotencyKey: z.string(), reason: gatewayReason }),
]);

/**
 * The gateway over HTTP, on connections that are kept alive. It is undici's own `request`, because the call is made twice
 * for every order: `node:http` costs about twice the CPU, and `fetch` several times.
 */
export class HttpGateway implements PaymentGateway {
  private readonly pool: Pool;

  constructor(private readonly options: HttpGatewayOptions) {
    const { url, connectionsMax, timeoutMs } = options;
    this.pool = new Pool(new URL(url).origin, {
      connections: connectionsMax,
      // One request at a time on each: none waits behind another's slow answer.
      pipelining: 1,
      connectTimeout: timeoutMs,
      maxResponseSize: RESPONSE_BYTES_MAX,
    });
  }

  async send(operation: LeasedOperation): Promise<GatewayResponse> {
    const { path, body } = toRequest(operation);
    const { status, text } = await this.post(path, operation.idempotencyKey, body);
    // Whatever the gateway has decided is a 200, a refusal too. Anything else decides nothing.
    if (REJECTED_STATUSES.has(status)) throw new RequestRejectedError(`the gateway responded with ${status}`);
    if (status !== 200) throw new OutcomeUnknownError(`the gateway responded with ${status}`);
    const response = parseResponse(text);
    // A gateway that answers twice puts its second answer where the next one on that connection is expected.
    if (response.idempotencyKey !== operation.idempotencyKey) {
      throw new OutcomeUnknownError('the response is for another idempotency key');
    }
    const intent: Intent = { operation: operation.operation, idempotencyKey: operation.idempotencyKey };
    return response.status === 'approved'
      ? { ...intent, outcome: 'approved', reference: response.id }
      : { ...intent, outcome: 'refused', reason: response.reason };
  }

  close(): void {
    void this.pool.destroy();
  }

  private async post(
    path: string,
    idempotencyKey: string,
    body: object,
  ): Promise<{ status: number; text: string }> {
    const controller = new AbortController();
    // Of the whole exchange, not of a silence: a gateway that drips its answer must not hold us for ever.
    const onTimeout = (): void => controller.abort(new Error('the gateway did not respond in time'));
    const timer = setTimeout(onTimeout, this.options.timeoutMs);
    try {
      const response = await this.pool.request({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
        body: JSON.stringify(body),
        signal: controller.signal,
      });
      return { status: response.statusCode, text: await response.body.text() };
    } catch (error) {
      throw new OutcomeUnknownError((error as Error).message, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

function toRequest({ operation, orderId, money, token, authorizationId, captureId }: LeasedOperation) {
  const { amount, currency } = money;
  switch (operation) {
    case 'authorize':
      return { path: '/v1/authorizations', body: { reference: orderId, amount, currency, token } };
    case 'capture':
      return { path: `/v1/authorizations/${authorizationId}/captures`, body: { amount } };
    case 'void':
      return { path: `/v1/authorizations/${authorizationId}/voids`, body: {} };
    case 'refund':
      return { path: `/v1/captures/${captureId}/refunds`, body: { amount } };
  }
}

function parseResponse(text: string): z.output<typeof responseSchema> {
  try {
    return responseSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new OutcomeUnknownError('the gateway response is not valid', { cause: error });
  }
}
