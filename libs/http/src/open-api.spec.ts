import { Body, Controller, Module, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TestApp } from './test-app.test.js';
import { IdempotencyKey } from './index.js';

const PlaceOrder = z.strictObject({ quantity: z.int().min(1) });

@Controller('orders')
class TestController {
  @Post()
  place(@Body({ schema: PlaceOrder }) body: z.output<typeof PlaceOrder>, @IdempotencyKey() key: string) {
    return { body, key };
  }
}

@Module({ controllers: [TestController] })
class TestModule {}

describe('the OpenAPI document', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start(TestModule);
  });
  afterAll(() => app.close());

  it('has request schemas, required headers and problem details', async () => {
    const { body } = await app.send('GET', '/docs-json');
    expect(body).toMatchObject({
      info: { title: 'Test' },
      paths: {
        '/orders': {
          post: {
            parameters: [{ name: 'Idempotency-Key', in: 'header', required: true }],
            requestBody: {
              content: {
                'application/json': { schema: { properties: { quantity: { type: 'integer', minimum: 1 } } } },
              },
            },
            responses: { default: { content: { 'application/problem+json': {} } } },
          },
        },
      },
      components: { schemas: { ProblemDetails: {} } },
    });
  });

  it('is shown by a page that loads local assets only', async () => {
    const page = await (await fetch(`${app.origin}/docs`)).text();
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, asset]) => String(asset));
    expect(assets.length).toBeGreaterThan(2);
    for (const asset of assets) {
      const response = await fetch(new URL(asset, `${app.origin}/docs`));
      expect(`${asset} ${response.url.startsWith(app.origin)} ${response.status}`).toBe(`${asset} true 200`);
      await response.arrayBuffer();
    }
  });
});
