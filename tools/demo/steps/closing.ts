import { audit } from '../../audit/audit.js';
import { waitUntilQuiet } from '../../audit/wait-until-idle.js';
import type { OrderRow } from '../database-reader.js';
import { type Scene, short, type Step, yuan } from '../step-context.js';

const QUIET_WITHIN_MS = 60_000;
/** More orders than this that came out the same share a row of the table. */
const ALIKE_MAX = 3;

/** Everything there is by now, and whether it all adds up. */
export const closing: Step = {
  name: 'closing',
  async play(scene) {
    const { shop, books, screen, texts, language, check } = scene;
    const t = texts.steps.closing;
    const sources = scene.platform.auditSources;
    const quiet = await screen.during(t.awaitingQuiet, () => waitUntilQuiet(sources, QUIET_WITHIN_MS));
    showOrders(scene, await books.orders(language));
    for (const text of quiet.underWay) screen.evidence(text[language]);
    for (const text of quiet.unchecked) screen.evidence(`${t.unchecked} ${text[language]}`);
    check(t.quiet, quiet.isQuiet);
    screen.line();

    const report = await screen.during(t.auditing, () => audit(sources, { accepted: shop.accepted }));
    for (const { id, statement, holds, checked, violations, unchecked } of report.invariants) {
      check(`${id}  ${statement[language]} ${screen.ink('dim', `(${checked})`)}`, holds);
      for (const text of unchecked) screen.evidence(`${t.unchecked} ${text[language]}`);
      for (const { problem, facts } of violations)
        screen.evidence(`${problem[language]} ${JSON.stringify(facts)}`);
    }
  },
};

function showOrders({ screen, texts }: Scene, orders: readonly OrderRow[]): void {
  const { columns, steps } = texts;
  const rows = groupAlike(orders).flatMap((group) => {
    const shown = group.length > ALIKE_MAX ? group.slice(0, 1) : group;
    return shown.map(({ id, what, status, stock, payment, total }) => [
      group.length > ALIKE_MAX ? steps.closing.alike(group.length) : short(id),
      what,
      status,
      stock,
      payment,
      yuan(total),
    ]);
  });
  screen.table(
    [
      { title: columns.order },
      { title: columns.what, isElastic: true },
      { title: columns.status },
      { title: columns.stock },
      { title: columns.payment },
      { title: columns.total, align: 'right' },
    ],
    rows,
  );
}

/** Orders that differ in nothing but their id. */
function groupAlike(orders: readonly OrderRow[]): OrderRow[][] {
  const groups = new Map<string, OrderRow[]>();
  for (const order of orders) {
    const { id: _, ...rest } = order;
    const key = JSON.stringify(rest);
    groups.set(key, [...(groups.get(key) ?? []), order]);
  }
  return [...groups.values()];
}
