import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';

import { Client, escapeIdentifier } from 'pg';
import { request } from 'undici';
import { afterAll, inject } from 'vitest';

// The specs of libs need a PostgreSQL server and a RabbitMQ broker, and nothing else of this repository. A vitest
// `globalSetup` provides both: `project.provide('databaseAccess', …)` and `project.provide('brokerAccess', …)`.
declare module 'vitest' {
  export interface ProvidedContext {
    databaseAccess: DatabaseServer;
    brokerAccess: BrokerServer;
  }
}

/** A PostgreSQL server for tests; plain data. */
export interface DatabaseServer {
  /** URL of a user that may create databases. */
  adminUrl: string;
  /** Prefix of the databases that tests create; may be empty. */
  namePrefix: string;
}

/** A RabbitMQ broker for tests; plain data. */
export interface BrokerServer {
  /** `amqp://user:password@host:port`, without a virtual host. */
  amqpUrl: string;
  /** Required: tests create a virtual host for each spec file. `url` has no trailing slash. */
  management?: { url: string; user: string; password: string };
  /** Prefix of the virtual hosts that tests create; may be empty. */
  namePrefix: string;
  /** Metrics for Prometheus: `http://127.0.0.1:15692`. Undefined for an external broker. */
  prometheusUrl?: string;
}

/**
 * Creates an empty database for this spec file and drops it after the last test. Call it while tests are collected, at
 * the top of the file: `const databaseUrl = await testDatabase()`.
 *
 * @returns its URL, as the administrator
 */
export async function testDatabase(): Promise<string> {
  const { adminUrl, namePrefix } = inject('databaseAccess');
  const name = uniqueName(namePrefix);
  await runAsAdmin(adminUrl, `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8'`);
  afterAll(() => runAsAdmin(adminUrl, `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`));
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

/**
 * Creates an empty virtual host for this spec file and deletes it after the last test. Call it while tests are collected.
 *
 * @returns its URL, as the administrator
 */
export async function testVhost(): Promise<string> {
  const { amqpUrl, management, namePrefix } = brokerAccess();
  const vhost = encodeURIComponent(uniqueName(namePrefix));
  await callManagementApi('PUT', `/vhosts/${vhost}`, {});
  afterAll(() => callManagementApi('DELETE', `/vhosts/${vhost}`));
  const user = encodeURIComponent(management?.user ?? '');
  await callManagementApi('PUT', `/permissions/${vhost}/${user}`, {
    configure: '.*',
    write: '.*',
    read: '.*',
  });
  return `${amqpUrl}/${vhost}`;
}

/** The broker of {@link testVhost}. */
export function brokerAccess(): BrokerServer {
  return inject('brokerAccess');
}

/**
 * Calls the management API of the test broker, within 10 s.
 *
 * @param path below `/api`, with encoded parts
 * @throws Error on a response other than 2xx
 */
export async function callManagementApi<Body = unknown>(
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Body> {
  const { management } = brokerAccess();
  if (!management) throw new Error('the tests need the management API of the broker');
  const response = await request(`${management.url}/api${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${management.user}:${management.password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: body === undefined ? null : JSON.stringify(body),
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
  });
  const text = await response.body.text();
  if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as Body;
}

/** A free port of 127.0.0.1, which another process may take before the caller does. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function runAsAdmin(adminUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // the current statement rejects with it
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function uniqueName(prefix: string): string {
  return `${prefix}spec_${randomBytes(4).toString('hex')}`;
}
