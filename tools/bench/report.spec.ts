import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { describeReport, type Report, writeReport } from './report.js';

const report: Report = {
  at: '2026-11-21T10:00:00.000Z',
  commit: '1a2b3c4d5e6f',
  command: 'npm run bench',
  quick: false,
  machine: {
    cores: 2,
    model: 'A processor',
    memoryGb: 8,
    loadAverage: 0,
    system: 'linux x64',
    node: 'v24.0.0',
    postgres: 'PostgreSQL 18.4',
    rabbitmq: 'RabbitMQ 4.3.0',
    durability: 'fsync=on',
  },
  durationSeconds: 60,
  notMeasured: ['CPU and memory of RabbitMQ: the server is external'],
  scenarios: new Map([
    [
      'order-flow',
      {
        how: '3 rounds',
        figures: [
          { key: 'orders_per_second', value: 1234.5678, unit: 'orders/s', meaning: 'to the end' },
          {
            key: 'cpu_us_per_order',
            value: { order: 600.4, postgres: 1400 },
            isAdditive: true,
            unit: 'µs',
            meaning: 'CPU',
          },
          { key: 'rss_mb', value: {}, unit: 'MB', meaning: 'without /proc' },
          { key: 'ratio_hot_sku_cpu', value: NaN, unit: '', meaning: 'zero by zero' },
          { key: 'messages_per_transaction', value: { a: 20, b: 30 }, unit: '', meaning: 'together' },
        ],
        rounds: [{ orders: 7 }],
        durationSeconds: 41,
      },
    ],
    [
      'backlog',
      { how: 'invalid', figures: [], rounds: [], durationSeconds: 9, invalidReason: 'Q1 does not hold.' },
    ],
  ]),
};

test('latest.json has each figure under its key, and the run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'results', 'latest.json');
  await writeReport(file, report);
  const content = JSON.parse(await readFile(file, 'utf8')) as object;
  expect(content).toMatchObject({
    format: 3,
    commit: '1a2b3c4d5e6f',
    command: 'npm run bench',
    machine: { cores: 2, node: 'v24.0.0', rabbitmq: 'RabbitMQ 4.3.0' },
    orders_per_second: 1235,
    cpu_us_per_order: { order: 600.4, postgres: 1400 },
    meanings: { orders_per_second: 'orders/s: to the end' },
    scenarios: {
      'order-flow': { how: '3 rounds', rounds: [{ orders: 7 }], durationSeconds: 41 },
      backlog: { invalidReason: 'Q1 does not hold.' },
    },
  });
  expect(content).not.toHaveProperty('rss_mb');
  expect(content).not.toHaveProperty('ratio_hot_sku_cpu');
});

test('an omitted quantity is reported and has no figure', () => {
  const text = describeReport(report);
  expect(text).toContain('Not measured: CPU and memory of RabbitMQ');
  expect(text).not.toMatch(/rss_mb|ratio_hot_sku_cpu/);
});

test('an invalid scenario is reported with its reason', () => {
  expect(describeReport(report)).toContain('backlog: invalid after 9 s: Q1 does not hold.');
});

test('only additive figures show a sum', () => {
  const lines = describeReport(report).split('\n');
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}cpu_us_per_order +2,000 {2}µs CPU$/));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}messages_per_transaction +together$/));
  expect(lines).toContainEqual(expect.stringMatching(/^ {4}postgres +1,400$/));
});
