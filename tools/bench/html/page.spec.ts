import { expect, test } from 'vitest';
import { machine, createReport } from '../../../test/setup/bench-report.js';
import type { Report } from '../report.js';
import { renderPage } from './page.js';

const seconds = Array.from({ length: 5 }, (_, index) => index);

const report: Report = {
  ...createReport({
    latency: {
      how: 'an open loop',
      durationSeconds: 20,
      figures: [
        { key: 'accepted_p99_ms', value: 7.25, unit: 'ms', meaning: 'from when the POST was due to its 202' },
        {
          key: 'rss_mb',
          value: { order: 90, postgres: 120 },
          isAdditive: true,
          unit: 'MB',
          meaning: 'memory',
        },
      ],
      charts: [
        {
          title: 'Throughput',
          unit: 'orders/s',
          axis: 'seconds',
          at: seconds,
          lines: { placed: [0, 9, null, 8, 10] },
        },
        {
          title: 'Latency',
          unit: 'ms',
          axis: 'percentiles',
          at: [0, 50, 100],
          lines: { accepted: [1, 5, 900] },
        },
        {
          title: 'Nothing seen',
          unit: '',
          axis: 'seconds',
          at: seconds,
          lines: { none: seconds.map(() => null) },
        },
      ],
    },
    backlog: { invalidReason: 'Q1 does not hold: 1 < 2' },
  }),
  machine: { ...machine, model: 'A <fast> processor' },
};

test('the page needs nothing from outside: no script, no address', () => {
  const html = renderPage(report);
  expect(html).not.toMatch(/<script|https?:|url\(|@import|src=/);
});

test('a chart is drawn for what was seen, with a gap where nothing was', () => {
  const html = renderPage(report);
  expect(html.match(/<svg /g)).toHaveLength(2);
  expect(/class="line c0" d="([^"]*)"/.exec(html)?.[1]?.match(/M/g)).toHaveLength(2);
});

test('figures, what is left out and what is void are told', () => {
  const html = renderPage(report);
  expect(html).toContain('<b>7.25<small>ms</small></b>');
  expect(html).toContain(
    'Not measured: CPU and memory of RabbitMQ: it is not a process of this run (external).',
  );
  expect(html).toContain('Q1 does not hold: 1 &lt; 2');
  expect(html).toContain('A &lt;fast> processor');
});

test('scenarios say which run they are from when there were several', () => {
  expect(renderPage(report)).toContain('latency<small>20 s</small>');
  const later = { ...report.results.get('latency')!, at: '2026-11-22T08:30:00.000Z', commit: 'ffffffffffff' };
  const html = renderPage({ ...report, results: new Map([...report.results, ['latency', later]]) });
  expect(html).toContain('latency<small>20 s, commit ffffffffffff, 2026-11-22 08:30</small>');
  expect(html).toContain('backlog<small>9 s, commit 1a2b3c4d5e6f, 2026-11-21 10:00</small>');
  expect(html).toContain('RabbitMQ 4.3.0; several runs');
});
