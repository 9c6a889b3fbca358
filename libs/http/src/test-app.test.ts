import assert from 'node:assert/strict';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger } from '#observability';
import { createHttpApp, type HttpAppOptions, type ProblemDetails } from './index.js';

/** A card number with a valid checksum. No response and no log line may contain it. */
export const CANARY = '4111111111111111';

/** A response, with its body as text and parsed as JSON. */
export interface TestResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ProblemDetails & Record<string, unknown>;
  readonly raw: string;
}

/** An app on a free port, with its log. */
export class TestApp {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly origin: string,
    private readonly log: { text: string },
  ) {}

  /** Starts an app with a shutdown timeout of 60 s; `options` override the defaults. */
  static async start(module: Type, options: Partial<HttpAppOptions> = {}): Promise<TestApp> {
    const log = { text: '' };
    const app = await createHttpApp(module, {
      config: { shutdownTimeoutMs: 60_000 },
      logger: createLogger({
        service: 'test',
        level: 'info',
        destination: { write: (line: string) => (log.text += line) },
      }),
      title: 'Test',
      description: 'An app under test',
      guard: 'none',
      ...options,
    });
    await app.listen(0, '127.0.0.1');
    return new TestApp(app, await app.getUrl(), log);
  }

  get port(): number {
    return Number(new URL(this.origin).port);
  }

  /** The log lines that contain a text. */
  findLogLines(text: string): Record<string, unknown>[] {
    const lines = this.log.text.split('\n').filter((line) => line.includes(text));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async send(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<TestResponse> {
    const response = await fetch(this.origin + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body }),
    });
    const raw = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: JSON.parse(raw) as TestResponse['body'],
      raw,
    };
  }

  /** Stops the app. @throws AssertionError when the log contains {@link CANARY} */
  async close(): Promise<void> {
    await this.app.close();
    assert(!this.log.text.includes(CANARY), 'a log line contains a card number');
  }
}

/** Asserts problem details with this status and type, a correlation id, and no card number. */
export function expectProblem(response: TestResponse, status: number, type: string): void {
  const { headers, body, raw } = response;
  assert.deepEqual(
    { answered: response.status, as: headers.get('content-type'), type: body.type, status: body.status },
    { answered: status, as: 'application/problem+json', type: `urn:problem-type:${type}`, status },
  );
  assert(headers.get('x-correlation-id'), 'a response has a correlation id');
  assert(!raw.includes(CANARY), 'a response contains a card number');
}
