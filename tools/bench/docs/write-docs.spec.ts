import { expect, test } from 'vitest';
import { machine, origin } from '../../../test/setup/bench-report.js';
import { filledIn } from './write-docs.js';

const first = { ...origin, command: 'npm run bench -- --quick --scenario order-flow,accept' };

const run = {
  quick: true,
  machine,
  scenarios: { 'order-flow': first, accept: first },
  orders_per_second: 1234.5,
  cpu_us_per_order: { order: 600, postgres: 1400 },
  textbook_cpu_us_per_order: { order: 900, postgres: 2000 },
  profile_us_per_order: { validation: 90, 'garbage collection': 210 },
  floor_profile_us_per_order: { 'garbage collection': 50 },
};

const page = (block: string): string =>
  `before\n<!-- bench: ${block} -->\nSTALE\n<!-- bench end -->\nafter\n`;

test('figures go between their markers, and nothing else is touched', () => {
  const written = filledIn(page('figures'), run, 'en');
  expect(written).toMatch(
    /^before\n<!-- bench: figures -->\n\n\| what \| figure \| aimed at \| scenario \|\n/,
  );
  expect(written).toContain('| orders placed and completed | 1,230/s |  | `order-flow` |');
  expect(written).toMatch(/\n<!-- bench end -->\nafter\n$/);
  expect(written).not.toContain('STALE');
});

test('what was not measured is said', () => {
  expect(filledIn(page('figures'), run, 'zh')).toContain(
    '| 从发件箱发出并确认的消息 | 未测 | ≥ 30,000/s | `relay` |',
  );
});

test('what the figures were made on, and the run they are from, is one line', () => {
  expect(filledIn(page('origin'), run, 'en')).toContain(
    '\n`npm run bench -- --quick --scenario order-flow,accept` on 2 cores, A processor, 8 GB; Node.js v24.0.0, ' +
      'PostgreSQL 18.4 (fsync=on), RabbitMQ 4.3.0; `1a2b3c4d5e6f`, 2026-11-21. Short rounds: these figures scatter.\n',
  );
});

test.each([
  ['en', 'Several runs on 2 cores, A processor'],
  ['zh', '多次运行，2 核，A processor'],
] as const)(
  'each run stands with what was measured by it when there were several (%s)',
  (language, heading) => {
    const later = {
      at: '2026-11-22T08:30:00.000Z',
      commit: 'ffffffffffff',
      command: 'npm run bench -- --quick --scenario accept',
    };
    const written = filledIn(
      page('origin'),
      { ...run, scenarios: { ...run.scenarios, accept: later } },
      language,
    );
    expect(written).toContain(`-->\n\n${heading}`);
    expect(written).toContain(
      '\n- `npm run bench -- --quick --scenario order-flow,accept`; `1a2b3c4d5e6f`, 2026-11-21: `order-flow`' +
        '\n- `npm run bench -- --quick --scenario accept`; `ffffffffffff`, 2026-11-22: `accept`\n',
    );
  },
);

test('the budget of an order stands beside those of the baselines', () => {
  const written = filledIn(page('budget'), run, 'en');
  expect(written).toContain('| `postgres` | 1,400 | 70 % | 2,000 | not measured |');
  expect(written).toContain('    "order" : 600');
});

test('the kinds of work are sorted by what they cost ours', () => {
  expect(filledIn(page('profile'), run, 'zh')).toContain(
    '|---|---|---|\n| 垃圾回收 | 210 | 50 |\n| 校验 | 90 | 未测 |\n| 合计 | 300 | 50 |\n',
  );
});

test('writing twice is writing once', () => {
  const once = filledIn(page('budget'), run, 'zh');
  expect(filledIn(once, run, 'zh')).toBe(once);
});
