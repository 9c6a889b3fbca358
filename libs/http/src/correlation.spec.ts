import { Controller, Get, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApp } from './test-app.test.js';
import { Correlation, HealthController, type RequestCorrelation } from './index.js';

@Controller()
class TestController {
  @Get('orders')
  list(@Correlation() correlation: RequestCorrelation) {
    return correlation;
  }
}

@Module({ controllers: [TestController, HealthController] })
class TestModule {}

describe('correlation', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start(TestModule);
  });
  afterAll(() => app.close());

  it('uses the correlation id and the trace of the request', async () => {
    const response = await app.send('GET', '/orders', undefined, {
      'x-correlation-id': 'web:42',
      traceparent,
    });
    expect(response.body).toEqual({ correlationId: 'web:42', traceparent });
    expect(response.headers.get('x-correlation-id')).toBe('web:42');
  });

  it.each([{}, { 'x-correlation-id': 'a b', traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }])(
    'replaces ids that are not well-formed: %j',
    async (headers) => {
      const { body } = await app.send('GET', '/orders', undefined, headers);
      expect(body['correlationId']).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
      );
      expect(body['traceparent']).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    },
  );

  it('is on the one log line of a request', async () => {
    await app.send('GET', '/orders?limit=3', undefined, { 'x-correlation-id': 'one-line' });
    await app.send('GET', '/health/live', undefined, { 'x-correlation-id': 'no-line' });
    await app.send('GET', '/nowhere', undefined, { 'x-correlation-id': 'then-this' });
    await expect.poll(() => app.findLogLines('then-this')).toHaveLength(1);
    expect(app.findLogLines('one-line')).toEqual([
      expect.objectContaining({ level: 'info', method: 'GET', route: '/orders', status: 200 }),
    ]);
    expect(app.findLogLines('no-line')).toEqual([]);
  });
});
