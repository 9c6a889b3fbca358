import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { type ConfigurationError, loadConfig } from '#config';

import { tracingVariables } from '../../apps/start-tracing.js';
import { gatewayVariables } from '../../apps/gateway-simulator/src/config.js';
import { loadSources } from '../../tools/audit/config.js';
import { loadOpsConfig } from '../../tools/ops/config.js';
import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { loadPlan } from '../../tools/provision/plan.js';
import { findPage } from './pages.js';

/** Loads the configuration of an app, by the prefix of its variables. */
const appLoaders: Readonly<Record<string, () => Promise<object>>> = {
  ORDER: async () => (await import('../../apps/order/src/config.js')).config,
  INVENTORY: async () => (await import('../../apps/inventory/src/config.js')).config,
  PAYMENT: async () => (await import('../../apps/payment/src/config.js')).config,
  GATEWAY: async () => loadConfig('GATEWAY', gatewayVariables),
  OTEL: async () => loadConfig('OTEL', z.object(tracingVariables)),
};

const programLoaders: typeof appLoaders = {
  AUDIT: async () => loadSources(process.env),
  OPS: async () => loadOpsConfig(process.env),
  PROVISION: async () => loadPlan(process.env),
};

const REQUIRED = {
  DATABASE_URL: 'postgres://host/database',
  RABBITMQ_URL: 'amqp://host',
  GATEWAY_URL: 'http://host',
};

/** The cells of variables without a default. */
const PLACEHOLDERS = {
  'docs/reference/configuration.md': ['required', 'optional'],
  'docs/reference/configuration.zh-CN.md': ['必填', '可选'],
} as const;

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** The known variables of a prefix: the error for an unknown variable lists them. */
async function knownVariables(prefix: string, read: () => Promise<object>): Promise<string[]> {
  const unknown = 'X'.repeat(40);
  vi.stubEnv(`${prefix}_${unknown}`, 'x');
  const rejection = (await read().catch((error: unknown) => error)) as ConfigurationError;
  const problem = rejection.problems.find(({ variable }) => variable.endsWith(unknown))?.problem ?? '';
  return problem.replace(/^.*known are /, '').split(', ');
}

/** The default of every variable that has one, as text. */
async function readDefaults(prefix: string, read: () => Promise<object>): Promise<Record<string, string>> {
  for (const [name, value] of Object.entries(REQUIRED)) vi.stubEnv(`${prefix}_${name}`, value);
  // An app rejects the required variables of other apps, so they are cleared.
  const foreign = Object.keys(REQUIRED).filter(
    (name) => !parseColumn('docs/reference/configuration.md', `${prefix}_`)[name],
  );
  for (const name of foreign) vi.stubEnv(`${prefix}_${name}`, '');
  const values = Object.entries(await read()).map(
    ([name, value]: [string, unknown]) =>
      [name.replaceAll(/([A-Z])/g, '_$1').toUpperCase(), String(value)] as const,
  );
  return Object.fromEntries(values.filter(([name]) => !(name in REQUIRED)));
}

/** The non-empty cells of a column, by the first cell of their row. */
function parseColumn(path: string, title: string): Readonly<Record<string, string>> {
  const tables = findPage(path).text.match(/(^\|.*\|\n)+/gm) ?? [];
  const cells = tables.flatMap((table) => {
    const [heading = [], , ...rows] = table.trim().split('\n').map(parseCells);
    const column = heading.indexOf(title);
    return column < 0 ? [] : rows.map((row) => [row[0] ?? '', row[column] ?? ''] as const);
  });
  return Object.fromEntries(cells.filter(([, cell]) => cell !== ''));
}

function parseCells(row: string): string[] {
  return row
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim().replaceAll('`', ''));
}

// Each load imports the modules of the app again.
describe.each(Object.keys(PLACEHOLDERS) as (keyof typeof PLACEHOLDERS)[])(
  '%s',
  { timeout: 60_000 },
  (path) => {
    const words: readonly string[] = PLACEHOLDERS[path];

    test.each(Object.entries({ ...appLoaders, ...programLoaders }))(
      'has exactly the variables of %s_',
      async (prefix, read) => {
        const names = Object.keys(parseColumn(path, `${prefix}_`));
        expect(names.sort()).toEqual((await knownVariables(prefix, read)).sort());
      },
    );

    test.each(Object.entries(appLoaders))('has the defaults of %s_', async (prefix, read) => {
      const cells = Object.entries(parseColumn(path, `${prefix}_`)).filter(
        ([, cell]) => !words.includes(cell),
      );
      expect(Object.fromEntries(cells)).toEqual(await readDefaults(prefix, read));
    });

    test('has the variables and defaults of every compose file', async () => {
      const files = ['docker-compose.yml', 'compose.cluster.yml', 'compose.tls.yml'];
      const texts = await Promise.all(files.map((file) => readFile(join(REPOSITORY_ROOT, file), 'utf8')));
      const used = [...texts.join('\n').matchAll(/\$\{(\w+):-([^}]*)\}/g)].map(([, name, value]) => [
        name,
        value,
      ]);
      const cells = parseColumn(path, 'docker-compose.yml');
      const plain = Object.entries(cells).map(([name, cell]) => [name, words.includes(cell) ? '' : cell]);
      expect(Object.fromEntries(plain)).toEqual(Object.fromEntries(used));
    });
  },
);
