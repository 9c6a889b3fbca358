import { z } from 'zod';
import { describeError, SourceUnavailableError } from '../databases.js';

const modesSchema = z
  .record(z.enum(['authorize', 'capture', 'void', 'refund']), z.looseObject({ behaviour: z.string() }))
  .or(z.object({}));

export type GatewayModes = Readonly<Record<string, { readonly behaviour: string }>>;

/** The modes of the gateway simulator; a real gateway has none. */
export class GatewaySimulator {
  constructor(private readonly url: string | undefined) {}

  /** Undefined when OPS_GATEWAY_URL is not set, or the gateway is no simulator. @throws SourceUnavailableError */
  async readModes(): Promise<GatewayModes | undefined> {
    if (this.url === undefined) return undefined;
    const response = await this.request('GET');
    const parsed = modesSchema.safeParse(await response.json().catch(() => undefined));
    return response.ok && parsed.success ? parsed.data : undefined;
  }

  /** Replaces all modes. @throws SourceUnavailableError when the gateway does not accept them */
  async setModes(modes: object): Promise<void> {
    const response = await this.request('PUT', modes);
    if (!response.ok)
      throw new SourceUnavailableError(`the gateway has refused the modes: status ${response.status}`);
  }

  private async request(method: 'GET' | 'PUT', body?: object): Promise<Response> {
    try {
      return await fetch(`${this.url?.replace(/\/$/, '')}/v1/modes`, {
        method,
        signal: AbortSignal.timeout(3_000),
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
    } catch (error) {
      throw new SourceUnavailableError(`the gateway does not respond: ${describeError(error)}`, {
        cause: error,
      });
    }
  }
}
