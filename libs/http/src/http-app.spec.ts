import { connect } from 'node:net';
import { Body, Controller, Get, Module, Param, Post, Query } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TestApp, CANARY, expectProblem } from './test-app.test.js';
import { BodyLimit, IdempotencyKey, ProblemException, problemType, safeText } from './index.js';

const Line = z.strictObject({ sku: safeText({ max: 64 }), quantity: z.int().min(1).max(1000) });
const PlaceOrder = z.strictObject({ lines: z.array(Line).min(1).max(50), note: z.unknown().optional() });
const Page = z.strictObject({ limit: z.coerce.number().int().max(100).default(20) });
class MappedError extends Error {}

const orderNotFound = problemType('order-not-found', 404, 'The order does not exist');
const unavailable = problemType('unavailable', 503, 'Unavailable');

@Controller()
class TestController {
  @Post('orders')
  @BodyLimit(100 * 1_024)
  place(@Body({ schema: PlaceOrder }) body: z.output<typeof PlaceOrder>) {
    return { lines: body.lines.length };
  }

  @Get('orders')
  list(@Query({ schema: Page }) { limit }: z.output<typeof Page>) {
    return { limit };
  }

  @Get('orders/:id')
  find(@Param('id', { schema: z.uuid() }) id: string) {
    throw new ProblemException({ type: orderNotFound, detail: `no order ${id}` });
  }

  @Post('orders/:id/cancellation')
  cancel(@IdempotencyKey() key: string) {
    return { key };
  }

  @Get('broken')
  broken() {
    throw new Error(`select * from secrets where card = ${CANARY}`);
  }

  @Get('known')
  mapped() {
    throw new MappedError('database is unavailable');
  }
}

@Module({ controllers: [TestController] })
class TestModule {}

let app: TestApp;
const send: TestApp['send'] = (...request) => app.send(...request);

beforeAll(async () => {
  app = await TestApp.start(TestModule, {
    mapError: (error) =>
      error instanceof MappedError
        ? new ProblemException({
            type: unavailable,
            headers: { 'retry-after': '5' },
            cause: error,
          })
        : undefined,
  });
});

afterAll(() => app.close());

const withLine = (line: string) => `{"lines":[${line}]}`;
const withSku = (text: string) => withLine(`{"sku":"${text}","quantity":1}`);
const withQuantity = (json: string) => withLine(`{"sku":"a","quantity":${json}}`);
const nested = (depth: number) =>
  `{"lines":[{"sku":"a","quantity":1}],"note":${'['.repeat(depth)}${']'.repeat(depth)}}`;

describe('a body', () => {
  it('that is valid reaches the handler', async () => {
    expect(await send('POST', '/orders', withSku('tea'))).toMatchObject({
      status: 201,
      body: { lines: 1 },
    });
  });

  it.each([
    ['an unknown field', withQuantity('1,"price":1'), 422, 'invalid-body', '#/lines/0/price'],
    ['2^63', withQuantity('9223372036854775808'), 400, 'json-number-out-of-range', '#/lines/0/quantity'],
    ['1e400', withQuantity('1e400'), 400, 'json-number-out-of-range', '#/lines/0/quantity'],
    ['\\u0000', withSku('a\\u0000'), 400, 'json-forbidden-character', '#/lines/0/sku'],
    ['a lone surrogate', withSku('\\ud800'), 400, 'json-forbidden-character', '#/lines/0/sku'],
    ['another control character', withSku('\\u0007'), 422, 'invalid-body', '#/lines/0/sku'],
    ['duplicate members', withSku('a","sku":"b'), 400, 'json-duplicate-member', '#/lines/0'],
    ['__proto__', withQuantity('1,"__proto__":{"sku":"a"}'), 400, 'json-forbidden-member', '#/lines/0'],
    ['33 levels', nested(32), 400, 'json-too-deep', '#/note'],
    ['broken JSON', '{"lines":[', 400, 'malformed-json', '#'],
    ['no content', '', 400, 'body-missing', '#'],
    ['a card number as value', withSku(CANARY), 422, 'card-number-rejected', '#/lines/0/sku'],
    ['a card number as number', withQuantity(CANARY), 422, 'card-number-rejected', '#/lines/0/quantity'],
    ['a card number as key', `{"${CANARY}":1}`, 422, 'card-number-rejected', '#/****************'],
  ])('with %s is rejected with its place', async (_, body, status, type, pointer) => {
    const response = await send('POST', '/orders', body);
    expectProblem(response, status, type);
    expect(response.body.errors?.map((error) => error.pointer).join()).toContain(pointer);
  });

  it('is rejected with every fault', async () => {
    const response = await send(
      'POST',
      '/orders',
      '{"lines":[{"sku":"","quantity":0},{"sku":"a"}],"total":1}',
    );
    expect(response.body.errors?.map((error) => error.pointer).sort()).toEqual([
      '#/lines/0/quantity',
      '#/lines/0/sku',
      '#/lines/1/quantity',
      '#/total',
    ]);
  });

  it('of more than 1 KB is a 413 without a declared limit', async () => {
    const response = await send('POST', '/orders/7/cancellation', `"${'x'.repeat(1_023)}"`);
    expectProblem(response, 413, 'payload-too-large');
  });

  it('reports at most 100 faults', async () => {
    const members = Array.from({ length: 300 }, (_, index) => `"m${index}":1`);
    expect((await send('POST', '/orders', `{${members.join()}}`)).body.errors).toHaveLength(100);
  });

  it('of 32 levels is accepted', async () => {
    expect((await send('POST', '/orders', nested(31))).status).toBe(201);
  });

  it('of more than 100 KB is rejected', async () => {
    expectProblem(await send('POST', '/orders', `"${'a'.repeat(102_400)}"`), 413, 'payload-too-large');
  });

  it.each([
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'nonsense',
    'application/json; charset=gbk',
  ])('sent as %s is rejected', async (type) => {
    expectProblem(
      await send('POST', '/orders', '{}', { 'content-type': type }),
      415,
      'unsupported-media-type',
    );
  });
});

describe('an empty body', () => {
  it.each(['application/x-www-form-urlencoded', 'text/plain', 'application/json'])(
    'of type %s is accepted',
    async (type) => {
      const headers = { 'content-type': type, 'idempotency-key': 'k-1' };
      const response = await send('POST', '/orders/1/cancellation', '', headers);
      expect(response.body).toEqual({ key: 'k-1' });
    },
  );

  it.each(['', 'content-type: text/plain\r\n'])('sent in chunks is accepted (%j)', async (type) => {
    const head = `POST /orders/1/cancellation HTTP/1.1\r\nhost: x\r\nidempotency-key: k-1\r\n${type}`;
    const response = await rawRequest(
      `${head}connection: close\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    );
    expect(response).toContain('"key":"k-1"');
  });
});

it.each(['gzip', 'deflate', 'br', 'gzip, br'])('a body compressed with %s is rejected', async (encoding) => {
  const response = await send('POST', '/orders', '{}', {
    'content-type': 'application/json',
    'content-encoding': encoding,
  });
  expectProblem(response, 415, 'unsupported-media-type');
  expect(response.headers.get('accept-encoding')).toBe('identity');
});

describe('a path, a query or a header', () => {
  it.each([
    ['/orders?limit=many', 400, 'invalid-parameters', 'limit'],
    ['/orders?limitt=1', 400, 'invalid-parameters', 'limitt'],
    ['/orders/17', 400, 'invalid-parameters', 'id'],
    ['/orders?limit=%00', 400, 'invalid-parameters', 'limit'],
    ['/orders/a%00b', 400, 'invalid-parameters', 'id'],
    [`/orders?limit=${CANARY}`, 422, 'card-number-rejected', 'limit'],
    [`/orders?${CANARY}=1`, 422, 'card-number-rejected', '****************'],
    [`/orders/${CANARY}`, 422, 'card-number-rejected', 'id'],
    [`/orders/%34${CANARY.slice(1)}`, 422, 'card-number-rejected', 'id'],
  ])('GET %s is rejected with the parameter', async (path, status, type, parameter) => {
    const response = await send('GET', path);
    expectProblem(response, status, type);
    expect(response.body.errors).toEqual([expect.objectContaining({ parameter })]);
  });

  it.each(['idempotency-key', 'x-correlation-id'])('%s with a card number is rejected', async (header) => {
    const response = await send('POST', '/orders/1/cancellation', undefined, {
      'idempotency-key': 'k',
      [header]: CANARY,
    });
    expectProblem(response, 422, 'card-number-rejected');
    expect(response.body.errors).toEqual([expect.objectContaining({ header })]);
    expect(response.headers.get('x-correlation-id')).not.toBe(CANARY);
  });

  it('without a required idempotency key is rejected', async () => {
    const response = await send('POST', '/orders/1/cancellation');
    expectProblem(response, 400, 'idempotency-key-missing');
    expect(response.body.errors).toEqual([{ header: 'Idempotency-Key', detail: 'is required' }]);
    const given = await send('POST', '/orders/1/cancellation', undefined, { 'idempotency-key': 'k-1' });
    expect(given.body).toEqual({ key: 'k-1' });
  });

  it('with headers that are too large is rejected', async () => {
    expectProblemText(
      await rawRequest(`GET / HTTP/1.1\r\nhost: x\r\nbig: ${'a'.repeat(20_000)}\r\n\r\n`),
      431,
    );
  });

  it('that is not HTTP is rejected', async () => {
    expectProblemText(await rawRequest('HELLO\r\n\r\n'), 400);
  });
});

describe('an error', () => {
  it('for an unknown route is 404 without the path', async () => {
    const response = await send('GET', '/nowhere/at?all=1');
    expectProblem(response, 404, 'not-found');
    expect(response.raw).not.toContain('nowhere');
    expectProblem(await send('POST', '/nowhere', '<', { 'content-type': 'text/xml' }), 404, 'not-found');
  });

  it('for an unknown method is 405 with Allow', async () => {
    const response = await send('DELETE', '/orders');
    expectProblem(response, 405, 'method-not-allowed');
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it('for a path that cannot be decoded is 400', async () => {
    expectProblem(await send('GET', '/orders/%E0%A4%A'), 400, 'bad-request');
  });

  it('for a path segment that is too long is 414', async () => {
    expectProblem(await send('GET', `/orders/${'a'.repeat(200)}`), 414, 'uri-too-long');
  });

  it('thrown by a handler keeps its type', async () => {
    expectProblem(await send('GET', '/orders/0193a5c1-0000-7000-8000-000000000000'), 404, 'order-not-found');
  });

  it('that is unexpected is logged and hidden from the client', async () => {
    const response = await send('GET', '/broken', undefined, { 'x-correlation-id': 'find-me' });
    expectProblem(response, 500, 'internal-server-error');
    expect(response.raw).not.toContain('secrets');
    expect(app.findLogLines('secrets')).toEqual([
      expect.objectContaining({ level: 'error', correlationId: 'find-me' }),
    ]);
  });

  it('that the app maps has the mapped status', async () => {
    const response = await send('GET', '/known');
    expectProblem(response, 503, 'unavailable');
    expect(response.headers.get('retry-after')).toBe('5');
  });
});

function rawRequest(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(app.port, '127.0.0.1', () => socket.write(bytes));
    let response = '';
    socket.on('data', (chunk) => (response += chunk.toString()));
    socket.on('close', () => resolve(response));
    socket.on('error', reject);
  });
}

function expectProblemText(response: string, status: number): void {
  expect(response).toContain(`HTTP/1.1 ${status} `);
  expect(response).toContain('content-type: application/problem+json');
  expect(JSON.parse(response.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status });
}
