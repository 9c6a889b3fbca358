import { Pool } from 'undici';
import { z } from 'zod';
import { gatewayReason, gatewayReference } from '#contracts';
import { operationNames } from '../domain/payment-table.js';
import type { GatewayResponse, GatewayRequest } from '../domain/payment.js';
import type { LeasedOperation } from '../persistence/gateway-operations.js';
import {
  OutcomeUnknownError,
  type PaymentGateway,
  RequestRejectedError,
  UnverifiedOperationError,
} from './payment-gateway.js';

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

const operation = z.enum(operationNames);

const lookupSchema = z.object({
  operations: z.array(
    z.discriminatedUnion('status', [
      responseSchema.options[0].extend({ operation }),
      responseSchema.options[1].extend({ operation }),
    ]),
  ),
});

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
    const { idempotencyKey } = operation;
    const text = await this.request({
      method: 'POST',
      path,
      headers: {
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey,
        ...traceHeaders(operation),
      },
      body: JSON.stringify(body),
    });
    const response = parse(responseSchema, text);
    // A duplicate response arrives in place of the response to the connection's next request.
    if (response.idempotencyKey !== idempotencyKey) {
      throw new OutcomeUnknownError('the response is for another idempotency key');
    }
    return toResponse(operation, response);
  }

  async find(operation: LeasedOperation): Promise<GatewayResponse | undefined> {
    const { orderId, operation: name, idempotencyKey } = operation;
    const path = `/v1/operations?reference=${encodeURIComponent(orderId)}`;
    const text = await this.request({ method: 'GET', path, headers: traceHeaders(operation) });
    const entries = parse(lookupSchema, text).operations.filter((entry) => entry.operation === name);
    const entry = entries.find((one) => one.idempotencyKey === idempotencyKey);
    const other = entries.find(({ status }) => status === 'approved');
    if (!entry && other) {
      throw new UnverifiedOperationError(`the gateway executed ${name} under ${other.idempotencyKey}`);
    }
    return entry && toResponse(operation, entry);
  }

  close(): void {
    void this.pool.destroy();
  }

  /** Resolves to the text of a 200. Both outcomes, approved and refused, are one; every other status leaves it unknown. */
  private async request(request: HttpRequest): Promise<string> {
    const controller = new AbortController();
    // Bounds the whole exchange: undici's own timeouts restart with each received byte.
    const onTimeout = (): void => controller.abort(new Error('the gateway did not respond in time'));
    const timer = setTimeout(onTimeout, this.options.timeoutMs);
    try {
      const path = this.basePath + request.path;
      const response = await this.pool.request({ ...request, path, signal: controller.signal });
      const text = await response.body.text();
      if (response.statusCode === 200) return text;
      const message = `the gateway responded with ${response.statusCode}`;
      if (REJECTED_STATUSES.has(response.statusCode)) throw new RequestRejectedError(message);
      throw new OutcomeUnknownError(message);
    } catch (error) {
      if (error instanceof RequestRejectedError || error instanceof OutcomeUnknownError) throw error;
      throw new OutcomeUnknownError((error as Error).message, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A gateway that traces its requests continues the trace. */
function traceHeaders({ traceparent }: LeasedOperation): Record<string, string> {
  return traceparent ? { traceparent } : {};
}

function toResponse(
  { operation, idempotencyKey }: GatewayRequest,
  response: z.output<typeof responseSchema>,
): GatewayResponse {
  const intent: GatewayRequest = { operation, idempotencyKey };
  return response.status === 'approved'
    ? { ...intent, outcome: 'approved', reference: response.id }
    : { ...intent, outcome: 'refused', reason: response.reason };
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

function parse<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new OutcomeUnknownError('the gateway response is not valid', { cause: error });
  }
}
