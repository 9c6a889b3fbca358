import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { assertIdleMachine, publishFigures } from './publish-figures.js';
import type { Report } from './report.js';

const pages = ['performance.md', 'performance.zh-CN.md'].map((name) => join('docs', 'explanation', name));

function report(ordersPerSecond: number): Report {
  const figure = { unit: '', meaning: '' };
  return {
    at: '2026-12-01T10:00:00.000Z',
    commit: '1a2b3c4d5e6f',
    command: 'npm run bench -- --publish --scenario order-flow',
    quick: false,
    machine: {
      cores: 2,
      model: 'A processor',
      memoryGb: 8,
      loadAverage: 0,
      system: 'linux x64',
      node: 'v20.20.2',
      postgres: 'PostgreSQL 18.4',
      rabbitmq: 'RabbitMQ 4.3.6',
      durability: 'fsync=on',
    },
    durationSeconds: 60,
    notMeasured: [],
    scenarios: new Map([
      [
        'order-flow',
        {
          how: '',
          figures: [
            { ...figure, key: 'orders_per_second', value: ordersPerSecond },
            { ...figure, key: 'cpu_us_per_order', value: { order: 1_000, postgres: 1_234 } },
          ],
          rounds: [],
          durationSeconds: 41,
        },
      ],
    ]),
  };
}

async function copyPages(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'pages-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const page of pages) await cp(join(REPOSITORY_ROOT, page), join(root, page));
  return root;
}

test('a run replaces the figures of both pages and nothing else', async () => {
  const root = await copyPages();
  expect(await publishFigures(root, report(100))).toEqual(pages);
  await publishFigures(root, report(412.345));
  const texts = await Promise.all(pages.map((page) => readFile(join(root, page), 'utf8')));
  expect(texts[0]).toContain(
    '| orders placed and completed | 412/s |\n| CPU of one order, services and servers | 2,230 µs |',
  );
  expect(texts[1]).toContain('| 下单并完成的订单 | 412/s |');
  for (const [index, page] of pages.entries()) {
    const before = await readFile(join(REPOSITORY_ROOT, page), 'utf8');
    const outside = (text = '') => text.replace(/<!-- figures of.*?<!-- end of figures -->/s, '');
    expect(outside(texts[index])).toBe(outside(before));
    expect(texts[index]).toMatch(/1a2b3c4d5e6f.*2026-12-01.*PostgreSQL 18\.4 .*RabbitMQ 4\.3\.6/);
    expect(texts[index]).not.toContain('100/s');
  }
});

test('figures of a busy machine are not published', () => {
  expect(() => assertIdleMachine(1)).not.toThrow();
  expect(() => assertIdleMachine(4.2)).toThrow('the load of the last minute is 4.2, at most 1 is accepted');
});
