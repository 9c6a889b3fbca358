import { v7 as uuidv7 } from 'uuid';
import { describe, expect, test } from 'vitest';

import { statement } from '#database';
import { encodeEnvelope } from '#messaging';
import { placedEvent } from '../../test-support/consuming-service.js';
import {
  listActions,
  actor,
  consent,
  database,
  get,
  storeDeadLetters,
  apiUrl,
  post,
  problemResponse,
  send,
  tokenFor,
  deadLetterStatuses,
} from '../../test-support/operator-api.js';

describe('the REST interface', () => {
  test('requires the scope operator on every route', async () => {
    const document = (await (await fetch(`${apiUrl}/docs-json`)).json()) as {
      paths: Record<string, Record<string, { security?: unknown }>>;
      components: { securitySchemes: unknown };
    };
    expect(document.components.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({ path, method, security })),
    );
    expect(routes.length).toBeGreaterThanOrEqual(14);
    for (const { path, method, security } of routes) {
      expect(path).toMatch(/^\/operator\//);
      expect(security).toEqual([{ bearer: ['operator'] }]);
      const real = path.replace('/operator', '').replaceAll(/\{\w+\}/g, uuidv7());
      const body = method === 'post' ? {} : undefined;
      for (const scope of ['shop', 'support', 'catalogue', 'stock'] as const) {
        expect(await send(method.toUpperCase(), real, body, await tokenFor(scope))).toMatchObject(
          problemResponse(403, 'insufficient-scope'),
        );
      }
      expect(await send(method.toUpperCase(), real, body, 'another token')).toMatchObject(
        problemResponse(401, 'unauthorized'),
      );
    }
  });
});

describe('dead letters', () => {
  test('are searched and listed page by page, the latest first', async () => {
    const [a, b, c] = await storeDeadLetters('invalid_data', 'malformed', 'invalid_data');
    expect((await get('/dead-letters?failureReason=malformed')).body).toMatchObject({
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

  test('are grouped by cause, and the cause selects them', async () => {
    const [, malformed] = await storeDeadLetters('invalid_data', 'malformed', 'invalid_data');
    const { body } = await get('/dead-letters/groups');
    expect(body).toMatchObject({
      items: [
        { count: 2, failureReason: 'invalid_data' },
        { count: 1, failureReason: 'malformed' },
      ],
    });
    const [, { cause }] = body['items'] as [unknown, { cause: string }];
    expect((await get(`/dead-letters?cause=${cause}`)).body).toMatchObject({ items: [{ id: malformed }] });
  });

  test('are shown with their body, claims and operator log', async () => {
    const [id] = await storeDeadLetters('invalid_data');
    await post('/dead-letters/discard', { ids: [id], expect: 1, ...consent });
    expect((await get(`/dead-letters/${id}`)).body).toMatchObject({
      id,
      status: 'discarded',
      bodyBase64: Buffer.from('{"cut in ha').toString('base64'),
      claims: [],
      actions: [{ action: 'discard', ...actor }],
    });
  });

  test('are counted and not changed by a dry run', async () => {
    await storeDeadLetters('invalid_data', 'malformed', 'invalid_data');
    for (const action of ['replay', 'discard']) {
      expect(await post(`/dead-letters/${action}`, { failureReason: 'invalid_data' })).toMatchObject({
        status: 200,
        body: { dryRun: true, action, count: 2, groups: [{ count: 2, failureReason: 'invalid_data' }] },
      });
    }
    expect(await deadLetterStatuses()).toEqual(['open', 'open', 'open']);
    expect((await get('/log')).body).toEqual({ items: [], next: null });
  });

  test('are changed if as many as expected match, and recorded', async () => {
    const [a, , c] = await storeDeadLetters('invalid_data', 'malformed', 'invalid_data');
    const { body } = await post('/dead-letters/replay', {
      failureReason: 'invalid_data',
      expect: 2,
      ...consent,
    });
    const { requestId } = body;
    expect(body).toEqual({
      action: 'replay',
      requestId,
      count: 2,
      progressUrl: `/operator/replays/${String(requestId)}`,
    });
    expect(await deadLetterStatuses()).toEqual(['replaying', 'open', 'replaying']);
    for (const id of [a, c])
      expect(await listActions(id!)).toMatchObject([{ action: 'replay', requestId, ...actor }]);
    expect((await get(`/replays/${String(requestId)}`)).body).toEqual({
      total: 2,
      waiting: 2,
      sent: 0,
      reopened: 0,
    });
  });

  test('a stopped replay reopens the dead letters not published yet', async () => {
    await storeDeadLetters('invalid_data', 'invalid_data');
    const { body } = await post('/dead-letters/replay', { all: true, expect: 2, ...consent });
    expect(await post(`/replays/${String(body['requestId'])}/stop`, consent)).toMatchObject({
      status: 200,
      body: { action: 'stop-replay', count: 2, waiting: 0, reopened: 2 },
    });
    expect(await deadLetterStatuses()).toEqual(['open', 'open']);
  });

  test('a discard is undone by reopen', async () => {
    const [id] = await storeDeadLetters('invalid_data');
    const selection = { ids: [id], expect: 1, ...consent };
    expect((await post('/dead-letters/discard', selection)).body).toMatchObject({
      action: 'discard',
      count: 1,
    });
    expect(await deadLetterStatuses()).toEqual(['discarded']);
    expect((await post('/dead-letters/reopen', selection)).body).toMatchObject({
      action: 'reopen',
      count: 1,
    });
    expect(await deadLetterStatuses()).toEqual(['open']);
    expect(await listActions(id!)).toMatchObject([{ action: 'reopen' }, { action: 'discard' }]);
  });

  test('an edit is validated by its dry run, and keeps the old body', async () => {
    const event = placedEvent();
    const [id] = await storeDeadLetters('malformed');
    await database.query(statement('without_id', 'UPDATE dead_letters SET message_id = NULL'));
    const body = encodeEnvelope(event).toString();
    expect((await post(`/dead-letters/${id}/edit`, { body })).body).toMatchObject({
      dryRun: true,
      count: 1,
      bytesBefore: 11,
    });
    expect(await deadLetterStatuses()).toEqual(['open']);
    expect((await post(`/dead-letters/${id}/edit`, { body, expect: 1, ...consent })).body).toMatchObject({
      action: 'edit-and-replay',
      count: 1,
    });
    const { bodyBase64 } = (await get(`/dead-letters/${id}`)).body;
    expect(Buffer.from(String(bodyBase64), 'base64').toString()).toBe(body);
    const [{ position }] = (await listActions(id!)) as [{ position: number }];
    const action = await get(`/log/${position}`);
    expect(action.body).toMatchObject({ action: 'edit-and-replay', ...actor });
    expect(Buffer.from(String(action.body['replacedBase64']), 'base64').toString()).toBe('{"cut in ha');
  });

  test('an edit that the consumer would reject is refused', async () => {
    const [id] = await storeDeadLetters('malformed');
    const rejected = await post(`/dead-letters/${id}/edit`, {
      body: '{"specversion":"1.0"}',
      expect: 1,
      ...consent,
    });
    expect(rejected).toMatchObject(
      problemResponse(422, 'invalid-event', { errors: [{ pointer: '#/body' }] }),
    );
    expect(await deadLetterStatuses()).toEqual(['open']);
  });
});

test('a released event is pending again, and recorded', async () => {
  const id = uuidv7();
  await database.query(
    statement(
      'park',
      `INSERT INTO outbox (id, exchange, routing_key, type, producer, subject, sequence, correlation_id, data,
                           attempts, last_error, parked_at)
       VALUES ($1, 'inventory.events', 'stock.held.1', 'stock.held.v1', 'inventory', 'an order', 1, 'c', '{}', 5,
               '404', now())`,
    ),
    [id],
  );
  expect((await get('/outbox')).body).toMatchObject({
    pending: 0,
    parked: 1,
    events: [{ id, lastError: '404' }],
  });
  expect((await post(`/outbox/${id}/release`, {})).body).toMatchObject({ dryRun: true, event: { id } });
  expect((await get('/outbox')).body).toMatchObject({ pending: 0, parked: 1 });
  expect((await post(`/outbox/${id}/release`, { expect: 1, ...consent })).body).toMatchObject({
    action: 'release',
    count: 1,
  });
  expect((await get('/outbox')).body).toMatchObject({ pending: 1, parked: 0, events: [] });
  expect(await listActions(id)).toMatchObject([{ action: 'release', ...actor }]);
});

test('republish marks exactly the expected events as pending', async () => {
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
  expect(await post('/outbox/republish', { ...selection, expect: 2, ...consent })).toMatchObject(
    problemResponse(409, 'selection-changed', { expected: 2, found: 1 }),
  );
  expect(await post('/outbox/republish', { expect: 3, ...consent })).toMatchObject(
    problemResponse(422, 'invalid-body'),
  );
  expect((await get('/outbox')).body).toMatchObject({ pending: 0 });
  expect((await post('/outbox/republish', { ...selection, expect: 1, ...consent })).body).toMatchObject({
    action: 'republish',
    count: 1,
  });
  const pending = statement('pending', 'SELECT id FROM outbox WHERE published_at IS NULL');
  expect(await database.query(pending)).toEqual([{ id: late }]);
  expect(await listActions(late)).toMatchObject([{ action: 'republish', ...actor }]);
});

test('the inbox lists the consumers that claimed a message', async () => {
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
