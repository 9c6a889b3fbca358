import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { wishFor } from '../../tools/client/api-types.js';
import { until } from '../../tools/client/wait-until.js';

import { Compose, docker, execute } from './compose.js';

const TEA = 'TEA-LONGJING-100G';
/** Of the version of RABBITMQ_VERSION, as in the compose file: `RABBITMQ_VERSION=4.0 npm run test:compose -- cluster` */
const NODES = ['rabbitmq', 'rabbitmq-2', 'rabbitmq-3'];
const compose = await Compose.project({ files: ['docker-compose.yml', 'compose.cluster.yml'] });
const { shop } = compose;

beforeAll(async () => {
  await compose.mustRun('up', '--detach', '--wait');
});

afterAll(() => compose.remove());

async function rabbitmqctl(...args: readonly string[]): Promise<string> {
  const [id = ''] = await compose.containers('rabbitmq-3');
  const { stdout } = await execute('docker', ['exec', id, 'rabbitmqctl', '--quiet', ...args]);
  return stdout;
}

test('every queue has a replica on each of the three nodes, and each service two replicas', async () => {
  const listed = await rabbitmqctl('list_queues', '-p', 'shop', '--formatter', 'json', 'name', 'members');
  const queues = JSON.parse(listed) as { readonly name: string; readonly members: readonly string[] }[];
  expect(queues.length).toBeGreaterThan(12);
  const members = new Set(queues.map((queue) => [...queue.members].toSorted().join(' ')));
  expect([...members]).toEqual([NODES.map((node) => `rabbit@${node}`).join(' ')]);
  for (const service of ['order', 'inventory', 'payment']) {
    expect(await compose.containers(service)).toHaveLength(2);
  }
});

test.each(NODES)(
  'orders are processed and every promise is kept while %s is killed, and when it has come back',
  async (node) => {
    const [id = ''] = await compose.containers(node);
    onTestFinished(() => startAgain(node, id));
    const before = await placeMany();
    await docker('kill', id);
    const meanwhile = await placeMany();
    await allEnd([...before, ...meanwhile]);
    await compose.mustRun('run', '--rm', '-T', 'audit', '--wait', '60s');
    await startAgain(node, id);
    await allEnd(await placeMany());
  },
);

test('and every promise is still kept', async () => {
  await compose.mustRun('run', '--rm', '-T', 'audit', '--wait', '60s');
});

async function startAgain(node: string, id: string): Promise<void> {
  await docker('start', id);
  const state = (): Promise<string> => docker('inspect', '--format', '{{.State.Health.Status}}', id);
  await until(`${node} is back`, state, (status) => status === 'healthy', { withinMs: 120_000 });
}

async function placeMany(): Promise<string[]> {
  const placed = await Promise.all(Array.from({ length: 10 }, () => shop.place(wishFor(TEA))));
  return placed.map(({ id }) => id);
}

async function allEnd(ids: readonly string[]): Promise<void> {
  const ended = await Promise.all(ids.map((id) => shop.ended(id)));
  expect(ended.map(({ status }) => status)).toEqual(ids.map(() => 'completed'));
}
