import { readFile } from 'node:fs/promises';
import path from 'node:path';
import asyncApiSchemas from '@asyncapi/specs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { eventContracts, services, subscriptions } from '#contracts';
import { buildAsyncApi } from './asyncapi.js';

const root = path.join(import.meta.dirname, '../..');
const read = async (file: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path.join(root, file), 'utf8')) as Record<string, unknown>;

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
const isAsyncApi = ajv.compile(asyncApiSchemas.schemasWithoutId['3.0.0'] as object);

interface Described {
  readonly operations: Readonly<Record<string, { readonly action: string }>>;
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly payload: object; readonly examples: readonly [{ readonly payload: object }] }>
    >;
  };
}

describe.each(services)('the AsyncAPI document of %s', (service) => {
  const file = `docs/reference/asyncapi/${service}.json`;

  test('is valid AsyncAPI 3.0', async () => {
    isAsyncApi(await read(file));
    expect(isAsyncApi.errors ?? []).toEqual([]);
  });

  test('equals the contracts (npm run docs:asyncapi writes it)', async () => {
    const { version } = (await read('package.json')) as { version: string };
    const contracts = Object.values(eventContracts);
    const document = buildAsyncApi({ service, contracts, subscriptions, version });
    expect(await read(file)).toEqual(JSON.parse(JSON.stringify(document)));
  });

  test('has an operation for every sent and received event', async () => {
    const { operations } = (await read(file)) as unknown as Described;
    const sent = Object.values(eventContracts).filter(({ producer }) => producer === service);
    const received = subscriptions.filter((one) => one.service === service).flatMap(({ events }) => events);
    const actions = Object.values(operations).map(({ action }) => action);
    expect(actions.filter((action) => action === 'send')).toHaveLength(sent.length);
    expect(actions.filter((action) => action === 'receive')).toHaveLength(received.length);
  });

  test('has an example of each message that its schema accepts', async () => {
    const { components } = (await read(file)) as unknown as Described;
    for (const [type, { payload, examples }] of Object.entries(components.messages)) {
      const accepts = ajv.compile(payload);
      accepts(examples[0].payload);
      expect(accepts.errors ?? [], type).toEqual([]);
    }
  });
});
