import { describe, expect, test } from 'vitest';

import { eventContracts, type Service, services, subscriptions } from '#contracts';
import type { TableRights } from '#database';
import { deriveBrokerRights } from '#messaging';
import * as inventory from '../../apps/inventory/src/persistence/migrations.js';
import * as order from '../../apps/order/src/persistence/migrations.js';
import * as payment from '../../apps/payment/src/persistence/migrations.js';
import { pageAt } from './pages.js';

const broker = deriveBrokerRights({
  contracts: Object.values(eventContracts),
  subscriptions,
  partitions: 1,
});

/** The cells of every row of a page's tables, without backticks. */
function rowsOf(path: string): string[][] {
  const rows = pageAt(path).text.match(/^\|.*\|$/gm) ?? [];
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

/** `^(order\.events|unrouted)$` → its names. */
function namesIn(pattern: string): string[] {
  return pattern === '^$'
    ? []
    : pattern
        .replace(/^\^\(|\)\$$/g, '')
        .replaceAll('\\', '')
        .split('|');
}

describe.each(['docs/security.md', 'docs/security.zh-CN.md'])('%s', (path) => {
  const rows = rowsOf(path);

  test.each(services)('says what the broker lets %s do', (service: Service) => {
    const at = rows.findIndex(([user, , exchange]) => user === service && exchange === `${service}.events`);
    const [first = [], second = []] = rows.slice(at, at + 2);
    const { permissions, topicPermissions } = broker.find(({ role }) => role === service)!;
    const { configure, read } = permissions;
    expect(configure).toBe('^$');
    const published = topicPermissions
      .filter((topic) => topic.write !== '^$')
      .map(({ exchange }) => exchange);
    expect([first[2], second[2]]).toEqual(published);
    // One partition is derived here; the page writes any.
    expect(first[4]?.split(/, |、/)).toEqual(namesIn(read).map((name) => name.replace(/\.0$/, '.<p>')));
  });

  test('says what each role may do with every table', () => {
    const declared = Object.assign({}, order.rights, inventory.rights, payment.rights) as Record<
      string,
      TableRights
    >;
    const found = rows
      .filter(([table = '']) => table in declared)
      .map(([table, service = '', operator = '']) => [table, { service, operator }]);
    const wanted = Object.entries(declared).map(([table, { service = '', operator = '' }]) => [
      table,
      { service, operator },
    ]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  });
});
