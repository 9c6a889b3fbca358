import { Pool } from 'undici';
import { z } from 'zod';
import { gatewayReason, gatewayReference } from '#contracts';
import type { GatewayResponse, GatewayRequest } from '../domain/payment.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';
import { OutcomeUnknownError, type PaymentGateway, RequestRejectedError } from './payment-gateway.js';

export interface HttpGatewayOptions {
  /** `http://host:port`, with an optional path that precedes every request path: `https://host/sandbox`. Required. */
  readonly url: string;
  /** Longest duration of one request, from connecting to the last byte of the response, in ms. Required. */
  readonly timeoutMs: number;
  /** Most open connections, and requests at once. Required. */
  readonly connectionsMax: number;
}

/**
 * Status codes that reject this request. 401 and 403 are not among them, because wrong credentials fail every request;
 * nor are 408, 409, 425 and 429, which ask for a later retry.
 */
const REJECTED_STATUSES: ReadonlySet<number> = new Set([400, 404, 405, 410, 411, 413, 414, 415, 422]);

const RESPONSE_BYTES_MAX = 64 * 1024;

const responseSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('approved'), idempotencyKey: z.string(), id: gatewayReference }),
  z.object({ status: z.literal('refused'), idempotencyKey: z.string(), reason: gatewayReason }),
]);

/**
 * The gateway over HTTP/1.1 with keep-alive. It uses undici's `request`, because each order needs two calls: `node:http`
 * takes about twice the CPU, `fetch` several times as much.
 */
export class HttpGateway implements PaymentGateway {
  private readonly pool: Pool;
  private readonly basePath: string;

  constructor(private readonly options: HttpGatewayOptions) {
    const { url, connectionsMax, timeoutMs } = options;
    this.basePath = new URL(url).pathname.replace(/\/+$/, '');
    this.pool = new Pool(new URL(url).origin, {
      connections: connectionsMax,
      // One request at a time per connection, so no request waits behind a slow response.
      pipelining: 1,
      connectTimeout: timeoutMs,
      maxResponseSize: RESPONSE_BYTES_MAX,
    });
  }

  async send(operation: LeasedOperation): Promise<GatewayResponse> {
    const { path, body } = toRequest(operation);
    const { status, text } = await this.post(path, operation.idempotencyKey, body);
    // Both outcomes, approved and refused, are a 200. Every other status leaves the outcome unknown.
    if (REJECTED_STATUSES.has(status)) throw new RequestRejectedError(`the gateway responded with ${status}`);
    if (status !== 200) throw new OutcomeUnknownError(`the gateway responded with ${status}`);
    const response = parseResponse(text);
    // A duplicate response arrives in place of the response to the connection's next request.
    if (response.idempotencyKey !== operation.idempotencyKey) {
      throw new OutcomeUnknownError('the response is for another idempotency key');
    }
    const intent: GatewayRequest = {
      operation: operation.operation,
      idempotencyKey: operation.idempotencyKey,
    };
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
    // Bounds the whole exchange: undici's own timeouts restart with each received byte.
    const onTimeout = (): void => controller.abort(new Error('the gateway did not respond in time'));
    const timer = setTimeout(onTimeout, this.options.timeoutMs);
    try {
      const response = await this.pool.request({
        method: 'POST',
        path: this.basePath + path,
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
