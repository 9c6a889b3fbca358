import { audit } from '../../audit/audit.js';
import { waitUntilIdle } from '../../audit/wait-until-idle.js';
import type { OrderRow } from '../database-reader.js';
import { type StepContext, shortId, type Step, formatYuan } from '../step-context.js';

const IDLE_TIMEOUT_MS = 60_000;
/** More orders than this with the same outcome share a row of the table. */
const GROUP_SHOWN_MAX = 3;

/** Lists all orders and audits all records. */
export const closing: Step = {
  name: 'closing',
  async run(context) {
    const { shop, database, screen, translations, language, check } = context;
    const t = translations.steps.closing;
    const sources = context.localShop.auditSources;
    const idle = await screen.withStatus(t.awaitingIdle, () => waitUntilIdle(sources, IDLE_TIMEOUT_MS));
    showOrders(context, await database.orders(language));
    for (const text of idle.pending) screen.evidence(text[language]);
    for (const text of idle.unchecked) screen.evidence(`${t.unchecked} ${text[language]}`);
    check(t.idle, idle.isIdle);
    screen.line();

    const report = await screen.withStatus(t.auditing, () =>
      audit(sources, { acceptedIds: shop.acceptedIds }),
    );
    for (const { id, statement, holds, checked, violations, unchecked } of report.invariants) {
      check(`${id}  ${statement[language]} ${screen.style('dim', `(${checked})`)}`, holds);
      for (const text of unchecked) screen.evidence(`${t.unchecked} ${text[language]}`);
      for (const { problem, facts } of violations)
        screen.evidence(`${problem[language]} ${JSON.stringify(facts)}`);
    }
  },
};

function showOrders({ screen, translations }: StepContext, orders: readonly OrderRow[]): void {
  const { columns, steps } = translations;
  const rows = groupByOutcome(orders).flatMap((group) => {
    const shown = group.length > GROUP_SHOWN_MAX ? group.slice(0, 1) : group;
    return shown.map(({ id, items, status, stock, payment, total }) => [
      group.length > GROUP_SHOWN_MAX ? steps.closing.grouped(group.length) : shortId(id),
      items,
      status,
      stock,
      payment,
      formatYuan(total),
    ]);
  });
  screen.table(
    [
      { title: columns.order },
      { title: columns.items, isElastic: true },
      { title: columns.status },
      { title: columns.stock },
      { title: columns.payment },
      { title: columns.total, align: 'right' },
    ],
    rows,
  );
}

/** Groups orders that are equal except for their id. */
function groupByOutcome(orders: readonly OrderRow[]): OrderRow[][] {
  const groups = new Map<string, OrderRow[]>();
  for (const order of orders) {
    const { id: _, ...rest } = order;
    const key = JSON.stringify(rest);
    groups.set(key, [...(groups.get(key) ?? []), order]);
  }
  return [...groups.values()];
}
