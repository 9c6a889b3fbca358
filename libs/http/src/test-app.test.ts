import assert from 'node:assert/strict';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger } from '#observability';
import { createHttpApp, type HttpAppOptions, type ProblemDetails } from './index.js';

/** A valid card number by its checksum. No answer and no log line may ever show it. */
export const CANARY = '4111111111111111';

export interface TestResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ProblemDetails & Record<string, unknown>;
  readonly raw: string;
}

/** An app that listens on a free port, and what it logs. */
export class TestApp {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly origin: string,
    private readonly log: { text: string },
  ) {}

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
      ...options,
    });
    await app.listen(0, '127.0.0.1');
    return new TestApp(app, await app.getUrl(), log);
  }

  get port(): number {
    return Number(new URL(this.origin).port);
  }

  /** The lines logged so far that hold a text. */
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

  async close(): Promise<void> {
    await this.app.close();
    assert(!this.log.text.includes(CANARY), 'a log line shows a card number');
  }
}

export function expectProblem(response: TestResponse, status: number, type: string): void {
  const { headers, body, raw } = response;
  assert.deepEqual(
    { answered: response.status, as: headers.get('content-type'), type: body.type, status: body.status },
    { answered: status, as: 'application/problem+json', type: `urn:problem-type:${type}`, status },
  );
  assert(headers.get('x-correlation-id'), 'an answer has a correlation id');
  assert(!raw.includes(CANARY), 'an answer shows a card number');
}
