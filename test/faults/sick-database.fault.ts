import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createOrderRequest, type ServiceName, serviceNames } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

/** Longest time until the shop works again after the database does: pauses of up to 5 s included. */
const RECOVERY_MAX_MS = 10_000;

const environment = await startFaultEnvironment({ servers: 'own' });
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

interface Health {
  readonly status: string | number;
  readonly checks?: { readonly database?: { readonly detail?: string } };
}

/** `ok`, or the detail of the database check. */
async function databaseHealth(service: ServiceName): Promise<string> {
  const { body } = await shop.request<Health>(service, 'GET', '/health/ready');
  return body.checks?.database?.detail ?? 'ok';
}

async function waitForDatabase(service: ServiceName, wanted: RegExp, timeoutMs = 30_000): Promise<void> {
  await waitUntil(
    `the database of ${service} to be ${wanted.source}`,
    () => databaseHealth(service),
    (found) => wanted.test(found),
    { timeoutMs },
  );
}

/** Statements run in every database; sessions that are open see the change. */
async function runEverywhere(...statements: readonly string[]): Promise<void> {
  for (const service of serviceNames) for (const sql of statements) await environment.query(service, sql);
}

function databaseName(service: ServiceName): string {
  return new URL(environment.databaseUrls[service]).pathname.slice(1);
}

function roleName(service: ServiceName): string {
  return new URL(environment.process(service).options.env?.[`${service.toUpperCase()}_DATABASE_URL`] ?? '')
    .username;
}

/** Each INSERT into `orders` and `inbox` raises this SQLSTATE. */
async function raiseOnWrites(code: string): Promise<void> {
  await runEverywhere(
    `CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE 'injected' USING ERRCODE = '${code}'; END $$`,
    'CREATE TRIGGER fault BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION fault()',
  );
  await environment.query(
    'order',
    'CREATE TRIGGER fault BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION fault()',
  );
}

async function stopRaising(): Promise<void> {
  await runEverywhere('DROP TRIGGER IF EXISTS fault ON inbox');
  await environment.query('order', 'DROP TRIGGER IF EXISTS fault ON orders');
}

const faults = [
  {
    title: 'the server is read-only',
    reported: /read-only/,
    begin: () => setReadOnly('on'),
    end: () => setReadOnly('off'),
  },
  {
    // Sessions of the old primary stay open and read-only; only new ones reach the new primary.
    title: 'a demoted primary keeps its connections open',
    reported: /read-only/,
    begin: async () => {
      for (const service of serviceNames)
        await environment.query(
          service,
          `ALTER DATABASE "${databaseName(service)}" SET default_transaction_read_only = on`,
        );
      await runEverywhere(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name <> ''`,
      );
    },
    end: async () => {
      for (const service of serviceNames) {
        const other = await environment.openSession(service);
        await other.query('SET default_transaction_read_only = off');
        await other.query(`ALTER DATABASE "${databaseName(service)}" RESET default_transaction_read_only`);
        await other.end();
      }
    },
  },
  {
    title: 'a permission is missing after a rollout',
    reported: /permission denied.*42501/,
    begin: async () => {
      for (const service of serviceNames)
        await environment.query(service, `REVOKE INSERT ON inbox, outbox FROM "${roleName(service)}"`);
    },
    end: async () => {
      for (const service of serviceNames)
        await environment.query(service, `GRANT INSERT ON inbox, outbox TO "${roleName(service)}"`);
    },
  },
  {
    title: 'a table is missing',
    reported: /does not exist.*42P01/,
    begin: () =>
      runEverywhere('ALTER TABLE inbox RENAME TO inbox_gone', 'ALTER TABLE outbox RENAME TO outbox_gone'),
    end: () =>
      runEverywhere('ALTER TABLE inbox_gone RENAME TO inbox', 'ALTER TABLE outbox_gone RENAME TO outbox'),
  },
  ...['57014', '58030'].map((code) => ({
    title: `each write fails with SQLSTATE ${code}`,
    reported: new RegExp(code),
    begin: () => raiseOnWrites(code),
    end: stopRaising,
  })),
];

async function setReadOnly(value: 'on' | 'off'): Promise<void> {
  const session = await environment.openSession('order');
  await session.query('SET default_transaction_read_only = off');
  await session.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
  await session.query('SELECT pg_reload_conf()');
  await session.end();
}

describe.each(faults)('under load, while $title', ({ reported, begin, end }) => {
  test('orders get 503, readiness names it, and the shop recovers', async () => {
    await environment.assertSurvives(async () => {
      const before = serviceNames.map((name) => environment.process(name).pid);
      const statuses = new Set<number>();
      let recoveredAfterMs = 0;
      const ids = await clients.placeDuring(orderRequest, async () => {
        await begin();
        while (!statuses.has(503)) statuses.add((await shop.tryPlace(orderRequest, randomUUID())).status);
        for (const name of serviceNames) await waitForDatabase(name, reported);
        for (let count = 0; count < 5; count += 1)
          statuses.add((await shop.tryPlace(orderRequest, randomUUID())).status);
        await end();
        const endedAt = performance.now();
        for (const name of serviceNames) await waitForDatabase(name, /^ok$/);
        await clients.place(orderRequest);
        recoveredAfterMs = performance.now() - endedAt;
      });
      expect([...statuses].filter((status) => status !== 202)).toEqual([503]);
      expect(recoveredAfterMs).toBeLessThan(RECOVERY_MAX_MS);
      await environment.expectCompleted(ids);
      expect(serviceNames.map((name) => environment.process(name).pid)).toEqual(before);
      for (const name of serviceNames) {
        expect(await environment.query(name, 'SELECT * FROM dead_letters')).toEqual([]);
        expect(await environment.countLogLines(name, 'message failed; retry scheduled')).toBe(0);
      }
    });
  });
});
