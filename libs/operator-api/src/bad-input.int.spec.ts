import { describe, expect, test } from 'vitest';

import {
  consent,
  get,
  storeDeadLetters,
  post,
  problemResponse,
  deadLetterStatuses,
} from '../../test-support/operator-api.js';

const unknown = '019a0000-0000-7000-8000-000000000001';

describe('a request without clear consent changes no dead letter', () => {
  test.each<[string, string, object, object]>([
    [
      'an unknown id, as a dry run',
      '/dead-letters/discard',
      { ids: [unknown] },
      { status: 200, body: { count: 0 } },
    ],
    [
      'an unknown id',
      '/dead-letters/discard',
      { ids: [unknown], expect: 1, ...consent },
      problemResponse(409, 'selection-changed', { expected: 1, found: 0 }),
    ],
    [
      'more than expected',
      '/dead-letters/discard',
      { all: true, expect: 1, ...consent },
      problemResponse(409, 'selection-changed', { expected: 1, found: 2 }),
    ],
    ['no selection', '/dead-letters/replay', { expect: 2, ...consent }, problemResponse(422, 'invalid-body')],
    [
      'no ids',
      '/dead-letters/replay',
      { ids: [], expect: 2, ...consent },
      problemResponse(422, 'invalid-body'),
    ],
    [
      'the name of an operator',
      '/dead-letters/replay',
      { all: true, expect: 2, operator: 'wei', ...consent },
      problemResponse(422, 'invalid-body', {
        errors: [{ pointer: '#/operator', detail: 'is not a known member' }],
      }),
    ],
    [
      'no reason',
      '/dead-letters/replay',
      { all: true, expect: 2 },
      problemResponse(422, 'invalid-body', { errors: [{ pointer: '#/reason' }] }),
    ],
    [
      'a misspelt criterion',
      '/dead-letters/discard',
      { raeson: 'malformed', all: true, expect: 2, ...consent },
      problemResponse(422, 'invalid-body', {
        errors: [{ pointer: '#/raeson', detail: 'is not a known member' }],
      }),
    ],
    [
      'an unknown dead letter',
      `/dead-letters/${unknown}/edit`,
      { body: '{}' },
      problemResponse(404, 'dead-letter-not-found'),
    ],
    ['an unknown replay', `/replays/${unknown}/stop`, consent, problemResponse(404, 'replay-not-found')],
    [
      'an unknown event',
      `/outbox/${unknown}/release`,
      { expect: 1, ...consent },
      problemResponse(404, 'event-not-parked'),
    ],
    ['a stop without a reason', `/replays/${unknown}/stop`, {}, problemResponse(422, 'invalid-body')],
  ])('given %s', async (_, path, body, response) => {
    await storeDeadLetters('malformed', 'invalid_data');
    expect(await post(path, body)).toMatchObject(response);
    expect(await deadLetterStatuses()).toEqual(['open', 'open']);
    expect((await get('/log')).body).toEqual({ items: [], next: null });
  });

  test.each([
    ['/dead-letters?limit=201', 'limit'],
    ['/dead-letters?status=lost', 'status'],
    ['/dead-letters?since=yesterday', 'since'],
    [`/dead-letters?after=${unknown}`, 'after'],
    ['/dead-letters/1', 'id'],
    ['/inbox/1', 'messageId'],
    ['/log?before=0', 'before'],
  ])('%s is refused', async (path, parameter) => {
    expect(await get(path)).toMatchObject(
      problemResponse(400, 'invalid-parameters', { errors: [{ parameter }] }),
    );
  });

  test.each([
    [`/dead-letters/${unknown}`, 'dead-letter-not-found'],
    [`/replays/${unknown}`, 'replay-not-found'],
    [`/inbox/${unknown}`, 'message-not-claimed'],
    ['/log/1', 'action-not-found'],
  ])('%s is not found', async (path, type) => {
    expect(await get(path)).toMatchObject(problemResponse(404, type));
  });
});
