import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createReport } from '../../test/setup/bench-report.js';
import { describeReport, readReport, writeReport } from './report.js';

const report = createReport({
  'order-flow': {
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
      { key: 'rss_mb', value: {}, unit: 'MB', meaning: 'not known here' },
      { key: 'ratio_hot_sku_cpu', value: NaN, unit: '', meaning: 'of nothing to nothing' },
      { key: 'messages_per_transaction', value: { a: 20, b: 30 }, unit: '', meaning: 'together' },
    ],
    rounds: [{ orders: 7 }],
    durationSeconds: 41,
  },
  backlog: { invalidReason: 'Q1 does not hold.' },
});

test('each figure is in the file under its own key, with what it means and where it is from', async () => {
  const file = await newFile();
  await writeReport(file, report);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    commit: '1a2b3c4d5e6f',
    machine: { cores: 2, rabbitmq: 'RabbitMQ 4.3.0' },
    orders_per_second: 1235,
    cpu_us_per_order: { order: 600.4, postgres: 1400 },
    meanings: { orders_per_second: 'orders/s: to the end' },
    scenarios: {
      'order-flow': {
        at: '2026-11-21T10:00:00.000Z',
        commit: '1a2b3c4d5e6f',
        command: 'npm run bench',
        how: '3 rounds',
        rounds: [{ orders: 7 }],
        durationSeconds: 41,
      },
      backlog: { invalidReason: 'Q1 does not hold.' },
    },
  });
});

test('what is read from the file is what was written, without the figures that are not there', async () => {
  const file = await newFile();
  await writeReport(file, report);
  const read = await readReport(file);
  expect({ ...read, results: undefined }).toEqual({ ...report, results: undefined });
  expect(read?.results.get('backlog')).toEqual(report.results.get('backlog'));
  expect(read?.results.get('order-flow')?.figures.map(({ key }) => key)).toEqual([
    'orders_per_second',
    'cpu_us_per_order',
    'messages_per_transaction',
  ]);
});

test.each(['{ "at": "2026-11-21T10:00:00.000Z", "scenarios": {} }', '{ "format": 3, "scena'])(
  'a file that this version has not written in full is as none: %s',
  async (content) => {
    const file = await newFile();
    expect(await readReport(file)).toBeUndefined();
    await writeFile(file, content);
    expect(await readReport(file)).toBeUndefined();
  },
);

test('what could not be measured is said, and has no figure', async () => {
  const text = describeReport(report);
  expect(text).toContain('Not measured: CPU and memory of RabbitMQ');
  expect(text).not.toMatch(/rss_mb|ratio_hot_sku_cpu/);
});

test('a scenario whose audit failed has no figures, and says why', () => {
  expect(describeReport(report)).toContain('backlog: invalid, after 9 s. Q1 does not hold.');
});

test('numbers that add up are shown with their sum, others without', () => {
  const lines = describeReport(report).split('\n');
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}cpu_us_per_order +2,000 {2}µs CPU$/));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}messages_per_transaction +together$/));
  expect(lines).toContainEqual(expect.stringMatching(/^ {4}postgres +1,400$/));
});

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'latest.json');
}
