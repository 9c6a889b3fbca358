import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  ConfigurationError,
  describeConfig,
  durationMs,
  flag,
  loadConfig,
  logLevel,
  port,
  url,
} from './index.js';

const schema = z.object({
  HTTP_PORT: port().default(3000),
  DATABASE_URL: url('postgres'),
  LEASE_TIMEOUT_MS: durationMs({ min: 100, max: 60_000 }).default(5_000),
  TRACING: flag().default(false),
  LOG_LEVEL: logLevel().default('info'),
});

const validEnv = { ORDER_DATABASE_URL: 'postgres://order:s3cret@db:5432/order' };

function findProblems(env: NodeJS.ProcessEnv): Record<string, string> {
  try {
    loadConfig('ORDER', schema, env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return Object.fromEntries(error.problems.map(({ variable, problem }) => [variable, problem]));
  }
  return {};
}

describe('a configuration', () => {
  it('has typed values and defaults under camelCase names', () => {
    const config = loadConfig('ORDER', schema, {
      ...validEnv,
      ORDER_HTTP_PORT: '8080',
      ORDER_TRACING: 'true',
    });
    const { httpPort, leaseTimeoutMs }: { httpPort: number; leaseTimeoutMs: number } = config;
    expect({ httpPort, leaseTimeoutMs, tracing: config.tracing, logLevel: config.logLevel }).toEqual({
      httpPort: 8080,
      leaseTimeoutMs: 5000,
      tracing: true,
      logLevel: 'info',
    });
  });

  it('is deeply frozen', () => {
    const nested = loadConfig('A', z.object({ LIST: z.string().transform((text) => text.split(',')) }), {
      A_LIST: '1,2',
    });
    expect(() => nested.list.push('3')).toThrow(TypeError);
    expect(() => Object.assign(nested, { list: [] })).toThrow(TypeError);
  });

  it('treats an empty variable as not set', () => {
    expect(loadConfig('ORDER', schema, { ...validEnv, ORDER_HTTP_PORT: '' }).httpPort).toBe(3000);
  });

  it('ignores variables of another prefix', () => {
    expect(findProblems({ ...validEnv, ORDERS_X: '1', PATH: '/bin' })).toEqual({});
  });

  it('reports every problem with the expected value', () => {
    expect(
      findProblems({ ORDER_HTTP_PORT: '99999', ORDER_LEASE_TIMEOUT_MS: '5s', ORDER_TRACING: 'yes' }),
    ).toEqual({
      ORDER_HTTP_PORT: 'cannot be used; expected a port from 0 to 65535',
      ORDER_DATABASE_URL: 'is not set; expected a URL like postgres://host/…',
      ORDER_LEASE_TIMEOUT_MS: 'cannot be used; expected milliseconds from 100 to 60000',
      ORDER_TRACING: 'cannot be used; expected true or false',
    });
  });

  it('rejects an unknown variable with a suggestion', () => {
    expect(findProblems({ ...validEnv, ORDER_HTTP_PROT: '1', ORDER_ZZZ: '1' })).toEqual({
      ORDER_HTTP_PROT: 'no such variable; did you mean ORDER_HTTP_PORT?',
      ORDER_ZZZ: 'no such variable; known are HTTP_PORT, DATABASE_URL, LEASE_TIMEOUT_MS, TRACING, LOG_LEVEL',
    });
  });

  it('rejects a URL of another kind without its password', () => {
    const problems = findProblems({ ORDER_DATABASE_URL: 'mysql://root:hunter2@db/x' });
    expect(problems).toHaveProperty('ORDER_DATABASE_URL');
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it.each([
    ['a bare %', 'postgres://order:hunter2%@db/order'],
    ['a bare % before letters', 'postgres://order:hunter2%zz@db/order'],
    ['bytes that are not UTF-8', 'postgres://order:hunter2%F6@db/order'],
    ['a bare % in the path', 'postgres://order:hunter2@db/50%'],
    ['a slash in the password', 'postgres://order:5432/hunter2@db/order'],
    ['a number sign in the password', 'postgres://order:5432#hunter2@db/order'],
    ['a question mark in the password', 'postgres://order:5432?hunter2@db/order'],
  ])('rejects a URL with %s, without its value', (_, given) => {
    const problems = findProblems({ ORDER_DATABASE_URL: given });
    expect(problems).toHaveProperty('ORDER_DATABASE_URL', expect.stringContaining('escape'));
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it.each([
    ['postgres://order:密码ö@db/order', '密码ö'],
    ['postgres://order:p@ss:w$rd+@db/order', 'p@ss:w$rd+'],
    ['postgres://order:%40%3A%2F%23%3F%2B%24%25@db/order', '@:/#?+$%'],
    ['postgres://order:two words@[::1]:5432/order', 'two words'],
  ])('accepts %s', (given, password) => {
    const { databaseUrl } = loadConfig('ORDER', schema, { ORDER_DATABASE_URL: given });
    expect(decodeURIComponent(new URL(databaseUrl).password)).toBe(password);
  });
});

describe('a variable read from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (content: string): string => {
    const path = join(folder, 'database-url');
    writeFileSync(path, content);
    return path;
  };

  it('is the trimmed content of the file', () => {
    const path = file(' postgres://order:s3cret@db/order\n\n');
    expect(loadConfig('ORDER', schema, { ORDER_DATABASE_URL_FILE: path }).databaseUrl).toBe(
      'postgres://order:s3cret@db/order',
    );
  });

  it('must not be set directly, too', () => {
    const path = file('postgres://order:s3cret@db/order');
    expect(findProblems({ ...validEnv, ORDER_DATABASE_URL_FILE: path })).toEqual({
      ORDER_DATABASE_URL_FILE: 'ORDER_DATABASE_URL is set as well; set one of the two',
    });
  });

  it('reports a file that cannot be read', () => {
    const path = join(folder, 'nowhere');
    expect(findProblems({ ORDER_DATABASE_URL_FILE: path, ORDER_HTTP_PORT_FILE: folder })).toEqual({
      ORDER_DATABASE_URL_FILE: `the file cannot be read: ENOENT: no such file or directory, open '${path}'`,
      ORDER_HTTP_PORT_FILE: 'the file cannot be read: EISDIR: illegal operation on a directory, read',
    });
  });

  it('rejects empty and unusable content without showing it', () => {
    expect(findProblems({ ORDER_DATABASE_URL_FILE: file('\n') })).toEqual({
      ORDER_DATABASE_URL_FILE: `the file ${join(folder, 'database-url')} is empty`,
    });
    expect(findProblems({ ORDER_DATABASE_URL_FILE: file('mysql://root:hunter2@db/x') })).toEqual({
      ORDER_DATABASE_URL_FILE: 'cannot be used; expected a URL like postgres://host/…',
    });
  });

  it('is rejected with a suggestion when unknown', () => {
    expect(findProblems({ ...validEnv, ORDER_DATABSE_URL_FILE: '/x' })).toEqual({
      ORDER_DATABSE_URL_FILE: 'no such variable; did you mean ORDER_DATABASE_URL_FILE?',
    });
  });

  it('may itself have a name that ends in _FILE', () => {
    const named = z.object({ LEDGER_FILE: z.string() });
    expect(loadConfig('A', named, { A_LEDGER_FILE: '/var/ledger' }).ledgerFile).toBe('/var/ledger');
  });
});

describe('the description of a configuration', () => {
  it('masks passwords in URLs and values of secret names', () => {
    const description = describeConfig({
      databaseUrl: 'postgres://order:s3cret@db:5432/order',
      peers: ['amqp://a:s3@cret@h', 'amqp://h'],
      adminToken: 's3cret',
      httpPort: 3000,
    });
    expect(description).toEqual({
      databaseUrl: 'postgres://order:***@db:5432/order',
      peers: ['amqp://a:***@h', 'amqp://h'],
      adminToken: '***',
      httpPort: 3000,
    });
  });
});
