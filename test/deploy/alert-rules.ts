import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';

/** The folder of the configuration of Prometheus, its rules and Grafana's dashboards. */
export const OBSERVABILITY = join(REPOSITORY_ROOT, 'deploy', 'observability');

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** `1m` */
  readonly for: string;
  readonly labels: { readonly severity: 'critical' | 'warning' };
  readonly annotations: {
    readonly summary: string;
    readonly summary_zh: string;
    /** A heading of a page: `docs/how-to/troubleshooting.md#a-dead-letter`. */
    readonly runbook: string;
  };
}

/** The tests of promtool for one rule. */
export interface RuleTest {
  readonly name: string;
  readonly alert_rule_test: readonly {
    readonly alertname: string;
    readonly exp_alerts: readonly unknown[];
  }[];
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly AlertRule[] }[];
}

/** The alert rules, in the order of the file. */
export const alertRules = (readYaml('alerts.yml') as RuleFile).groups.flatMap(({ rules }) => rules);

export const ruleTests = (readYaml('alerts.test.yml') as { readonly tests: readonly RuleTest[] }).tests;

/** The selectors of an expression: `relay_events_total{outcome=~"nacked|unpublishable"}`, without a range. */
export function extractSelectors(expr: string): string[] {
  const withoutLabels = expr.replaceAll(/\b(?:by|on|without|ignoring) \([^)]*\)/g, '');
  const found = withoutLabels.matchAll(/\b([a-z][a-z0-9]*_[a-z0-9_]+|up)\b(\{[^}]*\})?(?!\()/g);
  return [...found].map(([, name, labels = '']) => `${name}${labels}`).filter((one) => !isFunction(one));
}

/** Functions of PromQL whose names contain an underscore. */
function isFunction(name: string): boolean {
  return /^(?:histogram_quantile|label_replace|min_over_time|max_over_time)$/.test(name);
}

function readYaml(file: string): unknown {
  return load(readFileSync(join(OBSERVABILITY, file), 'utf8'));
}
