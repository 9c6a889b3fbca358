import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { type ConfirmChannel, connect } from 'amqplib';
import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, expect, test } from 'vitest';

import { orderCompleted } from '#contracts';
import {
  brokerUserFromUrl,
  encodeEnvelope,
  type EnvelopeFields,
  messageProperties,
  routingKey,
  slotForKey,
} from '#messaging';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { freePort } from '../../tools/local/ports.js';
import { ServiceProcess } from '../../tools/local/service-process.js';
import { testDatabase, testVhost } from '../../libs/test-support/servers.js';
import { type Block, parseBlocks, findPage } from './pages.js';

const COPIED = ['libs', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

const databaseUrl = await testDatabase();
const rabbitmqUrl = await testVhost();
const folder = await mkdtemp(join(tmpdir(), 'own-service-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Applies the blocks of the page in a folder with only the libs and the configuration of the compiler. */
async function applyBlocks(blocks: readonly Block[]): Promise<void> {
  for (const name of COPIED) await cp(join(REPOSITORY_ROOT, name), join(folder, name), { recursive: true });
  await symlink(join(REPOSITORY_ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const { kind, path, code } of blocks) {
    const file = join(folder, path);
    if (kind === 'file') {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, code);
    } else {
      await writeFile(file, applyDiff(await readFile(file, 'utf8'), code, path));
    }
  }
}

/** Applies a block of `-`, `+` and unchanged lines. @throws Error unless its old lines occur exactly once */
function applyDiff(text: string, diff: string, path: string): string {
  const lines = diff.trimEnd().split('\n');
  const side = (mark: string): string =>
    lines
      .flatMap((line) => (line === '' || ' '.concat(mark).includes(line[0]!) ? line.slice(1) : []))
      .join('\n');
  const [before, after] = [side('-'), side('+')];
  if (text.split(before).length !== 2)
    throw new Error(`${path} has not exactly one occurrence of:\n${before}`);
  return text.replace(before, () => after);
}

function run(...args: string[]): Promise<unknown> {
  const { PATH = '', HOME = '' } = process.env;
  return promisify(execFile)(process.execPath, args, { cwd: folder, env: { PATH, HOME, ...env } }).catch(
    (error: Error & { stdout: string; stderr: string }) => {
      throw new Error(`${args.join(' ')}\n${error.stdout}${error.stderr}`, { cause: error });
    },
  );
}

const port = await freePort();
const env = {
  SHIPPING_DATABASE_URL: databaseUrl,
  SHIPPING_RABBITMQ_URL: rabbitmqUrl,
  SHIPPING_HTTP_PORT: String(port),
};

/** The id of another order in the same slot, so that its messages follow in the same queue. */
function createOrderInSamePartition(orderId: string): string {
  for (;;) {
    const other = uuidv7();
    if (slotForKey(other) === slotForKey(orderId)) return other;
  }
}

function createCompletedEvent(orderId: string): EnvelopeFields {
  return {
    id: uuidv7(),
    type: orderCompleted.type,
    producer: 'order',
    subject: orderId,
    sequence: 5,
    occurredAt: new Date(),
    correlationId: orderId,
    causationId: null,
    traceparent: null,
    data: JSON.stringify({ ...orderCompleted.example, orderId }),
  };
}

async function publish(channel: ConfirmChannel, message: EnvelopeFields): Promise<void> {
  const properties = messageProperties(message, brokerUserFromUrl(rabbitmqUrl));
  channel.publish(
    'order.events',
    routingKey(orderCompleted, message.subject),
    encodeEnvelope(message),
    properties,
  );
  await channel.waitForConfirms();
}

test(
  'a service made from docs/tutorial/own-service.md handles each message once',
  { timeout: 180_000 },
  async () => {
    await applyBlocks(parseBlocks(findPage('docs/tutorial/own-service.md')));
    await run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
    await run('dist/src/provision.js');
    const service = await ServiceProcess.start({
      name: 'shipping',
      url: `http://127.0.0.1:${port}`,
      env,
      logFile: join(folder, 'shipping.log'),
      entry: join(folder, 'dist', 'src', 'main.js'),
    });
    const connection = await connect(rabbitmqUrl);
    const database = new Client({ connectionString: databaseUrl });
    let exitCode: number | null = null;
    try {
      await database.connect();
      const channel = await connection.createConfirmChannel();
      const first = createCompletedEvent(uuidv7());
      const second = createCompletedEvent(createOrderInSamePartition(first.subject));
      for (const message of [first, first, second]) await publish(channel, message);
      const parcels = async (): Promise<string[]> => {
        const { rows } = await database.query<{ id: string }>(
          'SELECT order_id AS id FROM parcels ORDER BY 1',
        );
        return rows.map(({ id }) => id);
      };
      await expect.poll(parcels, { timeout: 20_000 }).toEqual([first.subject, second.subject]);
      const deadLetters = await database.query('SELECT failure_reason, error FROM dead_letters');
      expect(deadLetters.rows).toEqual([]);
    } finally {
      await Promise.all([database.end(), connection.close()]);
      exitCode = await service.stop();
    }
    expect(exitCode).toBe(0);
  },
);
