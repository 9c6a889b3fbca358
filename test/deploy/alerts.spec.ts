import { posix } from 'node:path';

import { describe, expect, test } from 'vitest';

import { requireProgram, runProgram } from '../setup/prometheus.js';
import { findPage } from '../docs/pages.js';
import { alertRules, extractSelectors, OBSERVABILITY, ruleTests } from './alert-rules.js';

/** The rows of a table below a heading, as cells, without the heading row. */
function parseTable(path: string, heading: RegExp): string[][] {
  const [, section = ''] = findPage(path).text.split(heading);
  const [table = ''] = /(?:^\|.*\|\n)+/m.exec(section) ?? [];
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

const PAGES = [
  {
    path: 'docs/reference/observability.md',
    rules: /^### Alert rules$/m,
    metrics: /^## Metrics$/m,
    language: 'en',
  },
  {
    path: 'docs/reference/observability.zh-CN.md',
    rules: /^### 告警规则$/m,
    metrics: /^## 指标$/m,
    language: 'zh',
  },
] as const;

describe.each(PAGES)('$path', ({ path, rules, metrics, language }) => {
  const rows = parseTable(path, rules);

  test('has exactly the alert rules', () => {
    const documented = rows.map(([alert, severity, lasts, summary]) => [alert, severity, lasts, summary]);
    expect(documented).toEqual(
      alertRules.map(({ alert, for: lasts, labels, annotations }) => [
        `\`${alert}\``,
        labels.severity,
        lasts,
        language === 'en' ? annotations.summary : annotations.summary_zh,
      ]),
    );
  });

  test('links the runbook of each rule', () => {
    const links = rows.map(([, , , , action = '']) => /\]\(([^)#]*)(#[^)]+)\)/.exec(action)?.slice(1, 3));
    const expected = alertRules.map(({ annotations: { runbook } }) => runbook.split('#'));
    const page = (file = ''): string => (file === '' ? path : posix.join(posix.dirname(path), file));
    if (language === 'en')
      expect(links.map((link) => [page(link?.[0]), link?.[1]?.slice(1)])).toEqual(expected);
    else
      expect(links.map((link) => page(link?.[0]))).toEqual(
        expected.map(([file = '']) => file.replace(/\.md$/, '.zh-CN.md')),
      );
  });

  test('names the rules of each metric', () => {
    const used = new Map<string, string[]>();
    for (const { alert, expr } of alertRules)
      for (const name of new Set(extractSelectors(expr).map((one) => one.replace(/\{.*$/, '')))) {
        const metric = name.replace(/_(?:bucket|sum|count)$/, '');
        used.set(metric, [...(used.get(metric) ?? []), `\`${alert}\``]);
      }
    for (const [cell = '', , , named] of parseTable(path, metrics)) {
      const metric = /^`([a-z_]+)`/.exec(cell)?.[1] ?? '';
      expect([metric, named]).toEqual([metric, (used.get(metric) ?? []).join(', ')]);
    }
  });
});

test.each(alertRules)('$alert has a test that fires and one that stays silent', ({ alert }) => {
  const tests = ruleTests.flatMap(({ alert_rule_test }) =>
    alert_rule_test.filter(({ alertname }) => alertname === alert),
  );
  expect(tests.map(({ exp_alerts }) => exp_alerts.length > 0)).toEqual([true, false]);
});

test('promtool passes the tests of every rule', async (context) => {
  const promtool = await requireProgram('promtool', context);
  const output = await runProgram(promtool, ['test', 'rules', 'alerts.test.yml'], { cwd: OBSERVABILITY });
  expect(output).toContain('SUCCESS');
}, 120_000);

test('promtool accepts the configuration of Prometheus', async (context) => {
  const promtool = await requireProgram('promtool', context);
  const output = await runProgram(promtool, ['check', 'config', 'prometheus.yml'], { cwd: OBSERVABILITY });
  expect(output).toContain(`${alertRules.length} rules found`);
}, 120_000);

test('amtool accepts the example of Alertmanager', async (context) => {
  const amtool = await requireProgram('amtool', context);
  const output = await runProgram(amtool, ['check-config', 'alertmanager.yml'], { cwd: OBSERVABILITY });
  expect(output).toContain('SUCCESS');
}, 120_000);
