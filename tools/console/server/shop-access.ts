import type { Service } from '#contracts';
import { TokenSource } from '../../client/token-source.js';
import type { OpsConfig } from '../../ops/config.js';
import type { ActionOutcome, ConsoleProblem } from '../protocol-records.js';
import { describeError, SourceUnavailableError } from './databases.js';

const REQUEST_TIMEOUT_MS = 10_000;

/** A service has refused a request; `status` and `problem` are its response. */
export class ShopRequestError extends Error {
  override readonly name = 'ShopRequestError';

  constructor(
    readonly status: number,
    readonly problem: ConsoleProblem,
  ) {
    super(problem.detail ?? problem.title);
  }
}

/** For which of a service's routes the console authenticates. */
export type Purpose = 'shop' | 'operator';

/**
 * Every request of the console to a service, and the only place where it authenticates to one.
 */
export class ShopAccess {
  private readonly tokens: TokenSource | undefined;

  constructor(
    private readonly config: OpsConfig,
    private readonly operator: string,
  ) {
    this.tokens = config.accessKey && new TokenSource(config.accessKey);
  }

  /** The URL of a service; undefined when its variable is not set. */
  url(service: Service): string | undefined {
    const { orderUrl, inventoryUrl, paymentUrl } = this.config;
    return { order: orderUrl, inventory: inventoryUrl, payment: paymentUrl }[service]?.replace(/\/$/, '');
  }

  /** Places an order, as a customer. @throws SourceUnavailableError, ShopRequestError */
  placeOrder(body: object, idempotencyKey: string): Promise<{ readonly id: string }> {
    const headers = { 'idempotency-key': idempotencyKey };
    return this.send('order', 'POST', '/orders', { purpose: 'shop', body, headers });
  }

  /** Performs an action of operators, or its dry run without `expect`. @throws SourceUnavailableError, ShopRequestError */
  performAction(service: Service, path: string, body: object): Promise<ActionOutcome> {
    return this.send(service, 'POST', `/operator/${path}`, { purpose: 'operator', body });
  }

  /** The readiness of a service with its checks; a service that is not ready responds with a problem of the same shape. */
  async readiness(service: Service): Promise<Readiness> {
    const response = await this.fetch(service, '/health/ready', {
      headers: await this.authorization('operator'),
    });
    const body = (await response.json()) as Partial<Readiness>;
    return {
      status: body.status === 'ok' || body.status === 'degraded' ? body.status : 'not-ready',
      checks: body.checks ?? {},
    };
  }

  private async send<Body>(
    service: Service,
    method: string,
    path: string,
    {
      purpose,
      body,
      headers = {},
    }: { readonly purpose: Purpose; readonly body: object; readonly headers?: Record<string, string> },
  ): Promise<Body> {
    const response = await this.fetch(service, path, {
      method,
      headers: { 'content-type': 'application/json', ...(await this.authorization(purpose)), ...headers },
      body: JSON.stringify(body),
    });
    const parsed = (await response.json().catch(() => ({ title: `status ${response.status}` }))) as Body &
      ConsoleProblem;
    if (!response.ok) throw new ShopRequestError(response.status, parsed);
    return parsed;
  }

  /** The header that authenticates the operator, as customer or as operator; empty without a key or token. */
  private async authorization(purpose: Purpose): Promise<Record<string, string>> {
    const token = (await this.tokens?.get(this.operator, [purpose])) ?? this.config.accessToken;
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  private async fetch(service: Service, path: string, init: RequestInit): Promise<Response> {
    const url = this.url(service);
    if (url === undefined) throw new SourceUnavailableError(`OPS_${service.toUpperCase()}_URL is not set`);
    try {
      return await fetch(url + path, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    } catch (error) {
      throw new SourceUnavailableError(`${service} does not respond: ${describeError(error)}`, {
        cause: error,
      });
    }
  }
}

export interface Readiness {
  readonly status: 'ok' | 'degraded' | 'not-ready';
  readonly checks: Readonly<Record<string, { readonly status: string; readonly detail?: string }>>;
}
