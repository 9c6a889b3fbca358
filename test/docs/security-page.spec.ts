import { describe, expect, test } from 'vitest';

import { eventContracts, type Service, services, subscriptions } from '#contracts';
import type { TablePrivileges } from '#database';
import { deriveBrokerPermissions } from '#messaging';
import * as inventory from '../../apps/inventory/src/persistence/migrations.js';
import * as order from '../../apps/order/src/persistence/migrations.js';
import * as payment from '../../apps/payment/src/persistence/migrations.js';
import { findPage } from './pages.js';

const brokerPermissions = deriveBrokerPermissions({
  contracts: Object.values(eventContracts),
  subscriptions,
  partitions: 1,
});

/** The cells of every row of a page's tables, without backticks. */
function parseRows(path: string): string[][] {
  const rows = findPage(path).text.match(/^\|.*\|$/gm) ?? [];
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

/** The names in a permission pattern: `^(order\.events|unrouted)$` has two. */
function namesInPattern(pattern: string): string[] {
  return pattern === '^$'
    ? []
    : pattern
        .replace(/^\^\(|\)\$$/g, '')
        .replaceAll('\\', '')
        .split('|');
}

describe.each(['docs/explanation/security.md', 'docs/explanation/security.zh-CN.md'])('%s', (path) => {
  const rows = parseRows(path);

  test.each(services)('has the broker permissions of %s', (service: Service) => {
    const at = rows.findIndex(([user, , exchange]) => user === service && exchange === `${service}.events`);
    const [first = [], second = []] = rows.slice(at, at + 2);
    const { resourcePermissions, topicPermissions } = brokerPermissions.find(({ role }) => role === service)!;
    const { configure, read } = resourcePermissions;
    expect(configure).toBe('^$');
    const published = topicPermissions
      .filter((topic) => topic.write !== '^$')
      .map(({ exchange }) => exchange);
    expect([first[2], second[2]]).toEqual(published);
    // Permissions are derived for one partition; the page writes `<p>` for its number.
    expect(first[4]?.split(/, |、/)).toEqual(
      namesInPattern(read).map((name) => name.replace(/\.0$/, '.<p>')),
    );
  });

  test('has the privileges of each role on every table', () => {
    const declared = Object.assign({}, order.privileges, inventory.privileges, payment.privileges) as Record<
      string,
      TablePrivileges
    >;
    const found = rows
      .filter(([table = '']) => table in declared)
      .map(([table, service = '', operator = '']) => [table, { service, operator }]);
    const expected = Object.entries(declared).map(([table, { service = '', operator = '' }]) => [
      table,
      { service, operator },
    ]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });
});
