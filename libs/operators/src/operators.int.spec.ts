import { type DynamicModule, Global, Module } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

import { orderPlaced } from '#contracts';
import { Database, statement } from '#database';
import { addDeadLetters, deadLetterMigrations } from '#dead-letters';
import { createHttpApp } from '#http';
import { CreateInbox1763700000001 } from '#inbox';
import { encodeEnvelope } from '#messaging';
import { createLogger } from '#observability';
import { CreateOutbox1763700000002 } from '#outbox';
import { placedEvent } from '../../../test/setup/consuming-service.js';
import { openDatabase } from '../../../test/setup/database.js';
import { testDatabase } from '../../../test/setup/infrastructure.js';
import { OperatorsModule } from './operators.module.js';

const TOKEN = 'the-token-of-the-operators';
const migrations = [CreateInbox1763700000001, CreateOutbox1763700000002, ...deadLetterMigrations];
const database = await openDatabase(await testDatabase(), migrations);
const by = { operator: '小伟', why: 'the price rule is mended' };

@Global()
@Module({ providers: [{ provide: Database, useValue: database }], exports: [Database] })
class DatabaseModule {}

@Module({})
class AppModule {
  static with(token: string | undefined): DynamicModule {
    const operators = OperatorsModule.forRoot({ service: 'inventory', token });
    return { module: AppModule, imports: [DatabaseModule, operators] };
  }
}

async function start(token: string | undefined): Promise<string> {
  const app = await createHttpApp(AppModule.with(token), {
    config: { shutdownTimeoutMs: 10_000 },
    logger: createLogger({ service: 'inventory', level: 'silent' }),
    title: 'Inventory',
    description: 'Operators alone',
  });
  afterAll(() => app.close());
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

const origin = await start(TOKEN);

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function send(method: string, path: string, body?: object, token = TOKEN): Promise<Answer> {
  const response = await fetch(`${origin}/operator${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const get = (path: string): Promise<Answer> => send('GET', path);
const post = (path: string, body: object): Promise<Answer> => send('POST', path, body);
const problem = (status: number, type: string, more: object = {}): object => ({
  status,
  body: { status, type: `urn:problem-type:${type}`, ...more },
});

/** Stores dead letters of the given reasons, the oldest first. @returns their ids */
async function given(...reasons: readonly string[]): Promise<string[]> {
  for (const reason of reasons) {
    const { id: messageId } = placedEvent();
    await database.transaction((tx) =>
      addDeadLetters(tx, [
        {
          queue: 'inventory.order-processing.1',
          key: messageId,
          messageId,
          type: orderPlaced.type,
          reason,
          error: `MessageRejected: ${reason} in ${messageId}`,
          stack: null,
          attempts: 1,
          replay: 0,
          delivery: `ctag:${messageId}`,
          redelivered: false,
          exchange: 'order.events',
          routingKey: 'order.placed.1',
          publishedBy: 'order',
          properties: '{}',
          body: Buffer.from('{"cut in ha'),
        },
      ]),
    );
  }
  const { body } = await get('/dead-letters?status=any&limit=200');
  return (body['items'] as { id: string }[]).map(({ id }) => id).toReversed();
}

async function statuses(): Promise<unknown[]> {
  const { body } = await get('/dead-letters?status=any');
  return (body['items'] as { status: string }[]).map(({ status }) => status).toReversed();
}

const actsOn = async (subject: string): Promise<unknown> =>
  (await get(`/acts?subject=${subject}`)).body['items'];

beforeEach(async () => {
  await database.query(statement('clear', 'TRUNCATE dead_letters, operator_acts, outbox, inbox'));
});

describe('the interface', () => {
  test('lets nobody in without the token, on any of its routes', async () => {
    const document = (await (await fetch(`${origin}/docs-json`)).json()) as {
      paths: Record<string, Record<string, { security?: unknown }>>;
      components: { securitySchemes: unknown };
    };
    expect(document.components.securitySchemes).toEqual({ bearer: { type: 'http', scheme: 'bearer' } });
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({ path, method, security })),
    );
    expect(routes.length).toBeGreaterThanOrEqual(14);
    for (const { path, method, security } of routes) {
      expect(path).toMatch(/^\/operator\//);
      expect(security).toEqual([{ bearer: [] }]);
      const real = path.replace('/operator', '').replaceAll(/\{\w+\}/g, uuidv7());
      const body = method === 'post' ? {} : undefined;
      expect(await send(method.toUpperCase(), real, body, 'a token of somebody else')).toMatchObject(
        problem(401, 'operators-only'),
      );
    }
  });

  test('is off without a token', async () => {
    const closed = await start(undefined);
    const answer = await fetch(`${closed}/operator/outbox`, { headers: { authorization: 'Bearer x' } });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('INVENTORY_OPERATOR_TOKEN is not set');
  });
});

describe('dead letters', () => {
  test('are searched, and listed page by page, the latest first', async () => {
    const [a, b, c] = await given('invalid_data', 'malformed', 'invalid_data');
    expect((await get('/dead-letters?reason=malformed')).body).toMatchObject({
      total: 1,
      items: [{ id: b }],
    });
    const first = await get('/dead-letters?limit=2');
    expect(first.body).toMatchObject({ total: 3, items: [{ id: c }, { id: b }], next: b });
    const second = await get(`/dead-letters?limit=2&after=${String(first.body['next'])}`);
    expect(second.body).toMatchObject({ total: 3, items: [{ id: a }], next: null });
    expect((await get('/dead-letters?since=2999-01-01T00:00:00Z')).body).toMatchObject({
      total: 0,
      items: [],
    });
  });

  test('are grouped by cause, whatever ids are in the error, and the cause selects them', async () => {
    const [, malformed] = await given('invalid_data', 'malformed', 'invalid_data');
    const { body } = await get('/dead-letters/groups');
    expect(body).toMatchObject({
      items: [
        { count: 2, reason: 'invalid_data' },
        { count: 1, reason: 'malformed' },
      ],
    });
    const [, { cause }] = body['items'] as [unknown, { cause: string }];
    expect((await get(`/dead-letters?cause=${cause}`)).body).toMatchObject({ items: [{ id: malformed }] });
  });

  test('are shown with their bytes, who has handled them, and what operators did', async () => {
    const [id] = await given('invalid_data');
    await post('/dead-letters/discard', { ids: [id], expect: 1, ...by });
    expect((await get(`/dead-letters/${id}`)).body).toMatchObject({
      id,
      status: 'discarded',
      bodyBase64: Buffer.from('{"cut in ha').toString('base64'),
      claims: [],
      acts: [{ act: 'discard', ...by }],
    });
  });

  test('are not changed by a dry run, which counts them', async () => {
    await given('invalid_data', 'malformed', 'invalid_data');
    for (const verb of ['replay', 'discard']) {
      expect(await post(`/dead-letters/${verb}`, { reason: 'invalid_data' })).toMatchObject({
        status: 200,
        body: { dryRun: true, act: verb, count: 2, groups: [{ count: 2, reason: 'invalid_data' }] },
      });
    }
    expect(await statuses()).toEqual(['open', 'open', 'open']);
    expect((await get('/acts')).body).toEqual({ items: [], next: null });
  });

  test('are changed when they are as many as expected, and it is on record who did it and why', async () => {
    const [a, , c] = await given('invalid_data', 'malformed', 'invalid_data');
    const { body } = await post('/dead-letters/replay', { reason: 'invalid_data', expect: 2, ...by });
    const { request } = body;
    expect(body).toEqual({
      act: 'replay',
      request,
      count: 2,
      progress: `/operator/replays/${String(request)}`,
    });
    expect(await statuses()).toEqual(['replaying', 'open', 'replaying']);
    for (const id of [a, c]) expect(await actsOn(id!)).toMatchObject([{ act: 'replay', request, ...by }]);
    expect((await get(`/replays/${String(request)}`)).body).toEqual({
      total: 2,
      waiting: 2,
      sent: 0,
      openAgain: 0,
    });
  });

  test('a replay is stopped: what has not set out is open again', async () => {
    await given('invalid_data', 'invalid_data');
    const { body } = await post('/dead-letters/replay', { all: true, expect: 2, ...by });
    expect(await post(`/replays/${String(body['request'])}/stop`, by)).toMatchObject({
      status: 200,
      body: { act: 'stop replay', count: 2, waiting: 0, openAgain: 2 },
    });
    expect(await statuses()).toEqual(['open', 'open']);
  });

  test('a discard is undone', async () => {
    const [id] = await given('invalid_data');
    const selection = { ids: [id], expect: 1, ...by };
    expect((await post('/dead-letters/discard', selection)).body).toMatchObject({ act: 'discard', count: 1 });
    expect(await statuses()).toEqual(['discarded']);
    expect((await post('/dead-letters/reopen', selection)).body).toMatchObject({ act: 'reopen', count: 1 });
    expect(await statuses()).toEqual(['open']);
    expect(await actsOn(id!)).toMatchObject([{ act: 'reopen' }, { act: 'discard' }]);
  });

  test('one is edited after a rehearsal, and both versions are kept', async () => {
    const event = placedEvent();
    const [id] = await given('malformed');
    await database.query(statement('without_id', 'UPDATE dead_letters SET message_id = NULL'));
    const body = encodeEnvelope(event).toString();
    expect((await post(`/dead-letters/${id}/edit`, { body })).body).toMatchObject({
      dryRun: true,
      count: 1,
      bytesBefore: 11,
    });
    expect(await statuses()).toEqual(['open']);
    expect((await post(`/dead-letters/${id}/edit`, { body, expect: 1, ...by })).body).toMatchObject({
      act: 'edit',
      count: 1,
    });
    const { bodyBase64 } = (await get(`/dead-letters/${id}`)).body;
    expect(Buffer.from(String(bodyBase64), 'base64').toString()).toBe(body);
    const [{ position }] = (await actsOn(id!)) as [{ position: number }];
    const act = await get(`/acts/${position}`);
    expect(act.body).toMatchObject({ act: 'edit and replay', ...by });
    expect(Buffer.from(String(act.body['replacedBase64']), 'base64').toString()).toBe('{"cut in ha');
  });

  test('one is not edited into what its consumer would not accept', async () => {
    const [id] = await given('malformed');
    const refused = await post(`/dead-letters/${id}/edit`, {
      body: '{"specversion":"1.0"}',
      expect: 1,
      ...by,
    });
    expect(refused).toMatchObject(problem(422, 'not-an-event', { errors: [{ pointer: '#/body' }] }));
    expect(await statuses()).toEqual(['open']);
  });
});

const unknown = '019a0000-0000-7000-8000-000000000001';

describe('nothing is done by accident:', () => {
  test.each<[string, string, object, object]>([
    [
      'a selection that is not there',
      '/dead-letters/discard',
      { ids: [unknown] },
      { status: 200, body: { count: 0 } },
    ],
    [
      'a selection that is not there, to be changed',
      '/dead-letters/discard',
      { ids: [unknown], expect: 1, ...by },
      problem(409, 'selection-changed', { expected: 1, found: 0 }),
    ],
    [
      'more than expected',
      '/dead-letters/discard',
      { all: true, expect: 1, ...by },
      problem(409, 'selection-changed', { expected: 1, found: 2 }),
    ],
    ['no selection', '/dead-letters/replay', { expect: 2, ...by }, problem(422, 'invalid-body')],
    ['no ids', '/dead-letters/replay', { ids: [], expect: 2, ...by }, problem(422, 'invalid-body')],
    [
      'nobody',
      '/dead-letters/replay',
      { all: true, expect: 2, why: 'x' },
      problem(422, 'invalid-body', {
        errors: [{ pointer: '#/operator', detail: 'is required with expect' }],
      }),
    ],
    [
      'no reason',
      '/dead-letters/replay',
      { all: true, expect: 2, operator: 'wei' },
      problem(422, 'invalid-body', { errors: [{ pointer: '#/why' }] }),
    ],
    [
      'a misspelt criterion',
      '/dead-letters/discard',
      { raeson: 'malformed', all: true, expect: 2, ...by },
      problem(422, 'invalid-body', { errors: [{ pointer: '#/raeson', detail: 'is not a known member' }] }),
    ],
    [
      'an unknown dead letter',
      `/dead-letters/${unknown}/edit`,
      { body: '{}' },
      problem(404, 'dead-letter-not-found'),
    ],
    ['an unknown replay', `/replays/${unknown}/stop`, by, problem(404, 'replay-not-found')],
    [
      'an unknown event',
      `/outbox/${unknown}/release`,
      { expect: 1, ...by },
      problem(404, 'event-not-set-aside'),
    ],
    ['a stop of nobody', `/replays/${unknown}/stop`, {}, problem(422, 'invalid-body')],
  ])('given %s', async (_, path, body, answer) => {
    await given('malformed', 'invalid_data');
    expect(await post(path, body)).toMatchObject(answer);
    expect(await statuses()).toEqual(['open', 'open']);
    expect((await get('/acts')).body).toEqual({ items: [], next: null });
  });

  test.each([
    ['/dead-letters?limit=201', 'limit'],
    ['/dead-letters?status=lost', 'status'],
    ['/dead-letters?since=yesterday', 'since'],
    [`/dead-letters?after=${unknown}`, 'after'],
    ['/dead-letters/1', 'id'],
    ['/inbox/1', 'messageId'],
    ['/acts?before=0', 'before'],
  ])('%s is refused', async (path, parameter) => {
    expect(await get(path)).toMatchObject(problem(400, 'invalid-parameters', { errors: [{ parameter }] }));
  });

  test.each([
    [`/dead-letters/${unknown}`, 'dead-letter-not-found'],
    [`/replays/${unknown}`, 'replay-not-found'],
    [`/inbox/${unknown}`, 'message-not-handled'],
    ['/acts/1', 'act-not-found'],
  ])('%s is not there', async (path, type) => {
    expect(await get(path)).toMatchObject(problem(404, type));
  });
});

test('the outbox says what waits and what is set aside; what is released is tried again, and on record', async () => {
  const id = uuidv7();
  await database.query(
    statement(
      'set_aside',
      `INSERT INTO outbox (id, exchange, routing_key, type, producer, subject, sequence, correlation_id, data,
                           attempts, last_error, set_aside_at)
       VALUES ($1, 'inventory.events', 'stock.held.1', 'stock.held.v1', 'inventory', 'an order', 1, 'c', '{}', 5,
               '404', now())`,
    ),
    [id],
  );
  expect((await get('/outbox')).body).toMatchObject({
    pending: 0,
    setAside: 1,
    events: [{ id, lastError: '404' }],
  });
  expect((await post(`/outbox/${id}/release`, {})).body).toMatchObject({ dryRun: true, event: { id } });
  expect((await get('/outbox')).body).toMatchObject({ pending: 0, setAside: 1 });
  expect((await post(`/outbox/${id}/release`, { expect: 1, ...by })).body).toEqual({
    act: 'release',
    count: 1,
  });
  expect((await get('/outbox')).body).toMatchObject({ pending: 1, setAside: 0, events: [] });
  expect(await actsOn(id)).toMatchObject([{ act: 'release', ...by }]);
});

test('events that somebody missed are published again, as many as expected and no others', async () => {
  const publishedAt = statement(
    'published',
    `INSERT INTO outbox (id, exchange, routing_key, type, producer, subject, sequence, correlation_id, data,
                         published_at)
     VALUES ($1, 'inventory.events', 'stock.held.1', $2, 'inventory', 'an order', 1, 'c', '{}',
             now() - $3 * interval '1 hour')`,
  );
  const [early, late, other] = [uuidv7(), uuidv7(), uuidv7()];
  await database.query(publishedAt, [early, 'stock.held.v1', 3]);
  await database.query(publishedAt, [late, 'stock.held.v1', 1]);
  await database.query(publishedAt, [other, 'stock.released.v1', 1]);
  const since = new Date(Date.now() - 2 * 3_600_000).toISOString();
  const selection = { type: 'stock.held', since };
  expect((await post('/outbox/republish', selection)).body).toMatchObject({ dryRun: true, count: 1 });
  expect(await post('/outbox/republish', { ...selection, expect: 2, ...by })).toMatchObject(
    problem(409, 'selection-changed', { expected: 2, found: 1 }),
  );
  expect(await post('/outbox/republish', { expect: 3, ...by })).toMatchObject(problem(422, 'invalid-body'));
  expect((await get('/outbox')).body).toMatchObject({ pending: 0 });
  expect((await post('/outbox/republish', { ...selection, expect: 1, ...by })).body).toMatchObject({
    act: 'republish',
    count: 1,
  });
  const pending = statement('pending', 'SELECT id FROM outbox WHERE published_at IS NULL');
  expect(await database.query(pending)).toEqual([{ id: late }]);
  expect(await actsOn(late)).toMatchObject([{ act: 'republish', ...by }]);
});

test('the inbox says who has handled a message', async () => {
  const id = uuidv7();
  const handled = statement(
    'handled',
    `INSERT INTO inbox (consumer, message_id, type, producer, subject, sequence)
     VALUES ('inventory.order-processing', $1, 'order.placed.v1', 'order', 'an order', 1)`,
  );
  await database.query(handled, [id]);
  expect((await get(`/inbox/${id}`)).body).toMatchObject({
    items: [{ consumer: 'inventory.order-processing', outcome: 'done' }],
  });
});
