import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';

import { ComposeProject, docker, execute } from './compose.js';

const TEA = 'TEA-LONGJING-100G';
/** Of the version in `RABBITMQ_VERSION`: `RABBITMQ_VERSION=4.0 npm run test:compose -- cluster` */
const NODES = ['rabbitmq', 'rabbitmq-2', 'rabbitmq-3'];
/** In CI one node, which fits its time. */
const KILLED = process.env['CI'] === undefined ? NODES : ['rabbitmq-2'];
const compose = await ComposeProject.create({ files: ['docker-compose.yml', 'compose.cluster.yml'] });
const { shop } = compose;

beforeAll(async () => {
  await compose.runOrThrow('up', '--detach', '--wait');
});

afterAll(() => compose.remove());

async function rabbitmqctl(...args: readonly string[]): Promise<string> {
  const [id = ''] = await compose.containerIds('rabbitmq-3');
  const { stdout } = await execute('docker', ['exec', id, 'rabbitmqctl', '--quiet', ...args]);
  return stdout;
}

test('every queue is replicated on three nodes', async () => {
  const listed = await rabbitmqctl('list_queues', '-p', 'shop', '--formatter', 'json', 'name', 'members');
  const queues = JSON.parse(listed) as { readonly name: string; readonly members: readonly string[] }[];
  expect(queues.length).toBeGreaterThan(12);
  const members = new Set(queues.map((queue) => [...queue.members].toSorted().join(' ')));
  expect([...members]).toEqual([NODES.map((node) => `rabbit@${node}`).join(' ')]);
  for (const service of ['order', 'inventory', 'payment']) {
    expect(await compose.containerIds(service)).toHaveLength(2);
  }
});

test.each(KILLED)('orders complete while %s is killed and after its restart', async (node) => {
  const [id = ''] = await compose.containerIds(node);
  onTestFinished(() => restart(node, id));
  const before = await placeMany();
  await docker('kill', id);
  const afterKill = await placeMany();
  await expectAllCompleted([...before, ...afterKill]);
  await compose.runOrThrow('run', '--rm', '-T', 'audit', '--wait', '60s');
  await restart(node, id);
  await expectAllCompleted(await placeMany());
});

test('every invariant holds at the end', async () => {
  await compose.runOrThrow('run', '--rm', '-T', 'audit', '--wait', '60s');
});

async function restart(node: string, id: string): Promise<void> {
  await docker('start', id);
  const state = (): Promise<string> => docker('inspect', '--format', '{{.State.Health.Status}}', id);
  await waitUntil(`${node} is healthy`, state, (status) => status === 'healthy', { timeoutMs: 120_000 });
}

async function placeMany(): Promise<string[]> {
  const placed = await Promise.all(Array.from({ length: 10 }, () => shop.place(createOrderRequest(TEA))));
  return placed.map(({ id }) => id);
}

async function expectAllCompleted(ids: readonly string[]): Promise<void> {
  const ended = await Promise.all(ids.map((id) => shop.waitUntilEnded(id)));
  expect(ended.map(({ status }) => status)).toEqual(ids.map(() => 'completed'));
}
