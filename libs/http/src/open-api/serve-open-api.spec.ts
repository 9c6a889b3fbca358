import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addRouteConfig, answer, IdempotencyKey, Operation, problemType, safeText } from '../index.js';
import { TestApp } from '../test-app.test.js';

const PlaceOrder = z.strictObject({ quantity: z.int().min(1), note: safeText({ max: 9 }) });
const Placed = z.strictObject({ key: z.string() }).meta({ id: 'Placed' });
const placed = answer(Placed, { description: 'Placed.', headers: ['Location'], example: { key: 'k' } });
const soldOut = problemType('sold-out', 409, 'Sold out');
const noScope = problemType('no-scope', 403, 'No scope');

@Controller('orders')
class TestController {
  @Post()
  @addRouteConfig({ door: ['shop', 'support'], problems: [noScope] })
  @Operation({ id: 'placeOrder', summary: 'Places', answers: { 202: placed }, problems: [soldOut] })
  place(@Body({ schema: PlaceOrder }) _: z.output<typeof PlaceOrder>, @IdempotencyKey() key: string) {
    return { key };
  }

  @Get(':id')
  @addRouteConfig({ door: 'public' })
  @Operation({ id: 'readOrder', summary: 'Reads', answers: { 200: placed } })
  read(@Param('id', { schema: z.uuid() }) key: string) {
    return { key };
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

  it('has request schemas, required headers, scopes and problems of a handler', async () => {
    const { body } = await app.send('GET', '/docs-json');
    expect(body).toMatchObject({
      openapi: '3.1.1',
      info: { title: 'Test' },
      paths: {
        '/orders': {
          post: {
            operationId: 'placeOrder',
            security: [{ bearer: ['shop'] }, { bearer: ['support'] }],
            parameters: [{ name: 'Idempotency-Key', in: 'header', required: true }],
            requestBody: {
              content: {
                'application/json': { schema: { properties: { quantity: { type: 'integer', minimum: 1 } } } },
              },
            },
            responses: {
              202: {
                headers: { Location: {} },
                content: { 'application/json': { schema: { $ref: '#/components/schemas/Placed' } } },
              },
              403: { $ref: '#/components/responses/Problem403' },
              409: { $ref: '#/components/responses/Problem409' },
            },
          },
        },
        '/orders/{id}': {
          get: { security: [], parameters: [{ name: 'id', in: 'path', schema: { format: 'uuid' } }] },
        },
      },
      components: {
        schemas: { ProblemDetails: {}, Placed: { properties: { key: { type: 'string' } } } },
        responses: {
          Problem403: { description: 'no-scope: No scope.' },
          Problem409: { content: { 'application/problem+json': {} }, description: 'sold-out: Sold out.' },
        },
      },
    });
    expect(JSON.stringify(body)).not.toContain('\\\\p{');
  });

  it('sets the status of a handler', async () => {
    const headers = { 'idempotency-key': 'k' };
    expect((await app.send('POST', '/orders', '{"quantity":1,"note":"n"}', headers)).status).toBe(202);
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
