import { Global, Module } from '@nestjs/common';
import { createLocalJWKSet } from 'jose';
import { afterAll, beforeEach } from 'vitest';

import {
  CallerLimits,
  generateAccessKey,
  guardRoutes,
  issueToken,
  type Scope,
  toJwks,
  TokenVerifier,
} from '#access';
import { orderPlaced } from '#contracts';
import { Database, statement } from '#database';
import { addDeadLetters, deadLetterMigrations } from '#dead-letters';
import { createHttpApp } from '#http';
import { CreateInbox1763700000001 } from '#inbox';
import { createLogger } from '#observability';
import { OperatorsModule } from '#operator-api';
import { outboxMigrations } from '#outbox';
import { placedEvent } from './consuming-service.js';
import { openDatabase } from './database.js';
import { testDatabase } from './servers.js';

const key = generateAccessKey();
const migrations = [CreateInbox1763700000001, ...outboxMigrations, ...deadLetterMigrations];
/** The tables of a service, emptied before each test. */
export const database = await openDatabase(await testDatabase(), migrations);
/** The consent in the body of every action. */
export const consent = { reason: 'the price rule is fixed' };
/** The attribution of every action: the operator is the claim `sub`. */
export const actor = { operator: '小伟', ...consent };

@Global()
@Module({ providers: [{ provide: Database, useValue: database }], exports: [Database] })
class DatabaseModule {}

@Module({ imports: [DatabaseModule, OperatorsModule.forRoot({ service: 'inventory' })] })
class AppModule {}

/** Starts the REST interface for operators. @returns its origin */
async function startOperatorApi(): Promise<string> {
  const keys = createLocalJWKSet(toJwks([key]));
  const verifier = new TokenVerifier({
    keys,
    issuer: 'order-processing',
    audience: 'shop',
    scopesClaim: 'scope',
  });
  const limits = new CallerLimits({
    callerRequestsPerMinute: 1_000_000,
    callerConcurrencyMax: 1_000,
    rejectedTokensPerMinute: 1_000_000,
  });
  const app = await createHttpApp(AppModule, {
    config: { shutdownTimeoutMs: 10_000 },
    logger: createLogger({ service: 'inventory', level: 'silent' }),
    title: 'Inventory',
    description: 'The REST interface for operators',
    guard: (fastify) => guardRoutes(fastify, { verifier, limits, keysMissing: '' }),
  });
  afterAll(() => app.close());
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

/** A token of the attribution's operator. */
export const tokenFor = (...scopes: Scope[]): Promise<string> =>
  issueToken(key, { sub: actor.operator, scopes });

export const apiUrl = await startOperatorApi();
const operatorToken = await tokenFor('operator');

interface OperatorApiResponse {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export async function send(
  method: string,
  path: string,
  body?: object,
  token = operatorToken,
): Promise<OperatorApiResponse> {
  const response = await fetch(`${apiUrl}/operator${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as OperatorApiResponse['body'] };
}

export const get = (path: string): Promise<OperatorApiResponse> => send('GET', path);
export const post = (path: string, body: object): Promise<OperatorApiResponse> => send('POST', path, body);
export const problemResponse = (status: number, type: string, more: object = {}): object => ({
  status,
  body: { status, type: `urn:problem-type:${type}`, ...more },
});

/** Stores dead letters of the given reasons, the oldest first. @returns their ids */
export async function storeDeadLetters(...reasons: readonly string[]): Promise<string[]> {
  for (const failureReason of reasons) {
    const { id: messageId } = placedEvent();
    await database.transaction((tx) =>
      addDeadLetters(tx, [
        {
          queue: 'inventory.order-processing.1',
          key: messageId,
          messageId,
          type: orderPlaced.type,
          failureReason,
          error: `MessageRejectedError: ${failureReason} in ${messageId}`,
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

/** The status of each dead letter, the oldest first. */
export async function deadLetterStatuses(): Promise<unknown[]> {
  const { body } = await get('/dead-letters?status=any');
  return (body['items'] as { status: string }[]).map(({ status }) => status).toReversed();
}

export const listActions = async (subject: string): Promise<unknown> =>
  (await get(`/log?subject=${subject}`)).body['items'];

beforeEach(async () => {
  await database.query(statement('clear', 'TRUNCATE dead_letters, operator_log, outbox, inbox'));
});
