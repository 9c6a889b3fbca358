import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as inventory from '../../apps/inventory/src/domain/stock.js';
import * as orderTable from '../../apps/order/src/domain/order-table.js';
import * as paymentTable from '../../apps/payment/src/domain/payment-table.js';

type Table = readonly (readonly string[])[];
type Transitions = readonly (readonly [from: string | null, to: string])[];

/** The rows of every table on the page, headings included, as plain text. */
function parseTables(page: string): readonly Table[] {
  const plain = page.replaceAll(/[*`]/g, '');
  const blocks = plain.match(/(^\|.*\|\n)+/gm) ?? [];
  return blocks.map((block) => block.trim().split('\n').map(parseCells));
}

function parseCells(row: string): readonly string[] {
  return row
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}

/** The `nth` table with this text in its top left cell, which is returned empty. */
function findTable(tables: readonly Table[], corner: RegExp, nth = 0): Table {
  const [heading, , ...rows] = tables.filter(([heading]) => corner.test(heading?.[0] ?? ''))[nth] ?? [];
  return [['', ...(heading?.slice(1) ?? [])], ...rows];
}

/** The transitions of the `nth` diagram, without the ones to its end. */
function parseDiagram(page: string, nth: number): readonly string[] {
  const diagram = [...page.matchAll(/```mermaid\n(.*?)```/gs)][nth]?.[1] ?? '';
  const arrows = [...diagram.matchAll(/^ +(\S+) --> (\w+):/gm)];
  return arrows.map(([, from, to]) => `${from === '[*]' ? null : from} → ${to}`).sort();
}

function formatTransitions(transitions: Transitions): readonly string[] {
  return transitions
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => `${from} → ${to}`)
    .sort();
}

/** The page names reasons by letters, in the order of their first cells. */
const impossibleReasons = [
  ...new Set(
    orderTable.stockStates.flatMap((stock) =>
      orderTable.paymentStates.flatMap((payment) => {
        const cell = orderTable.lookUpCell(stock, payment, null);
        return cell.kind === 'impossible' ? [cell.reason] : [];
      }),
    ),
  ),
];

function orderRows(cancellation: orderTable.CancellationReason | null): Table {
  const formatCell = (cell: orderTable.Cell) => {
    switch (cell.kind) {
      case 'status':
        return cell.status;
      case 'cancellation':
        return `→ ${cell.reason}`;
      case 'impossible':
        return 'abcdefgh'.charAt(impossibleReasons.indexOf(cell.reason));
    }
  };
  const rows = orderTable.stockStates.map((stock) => [
    stock,
    ...orderTable.paymentStates.map((payment) =>
      formatCell(orderTable.lookUpCell(stock, payment, cancellation)),
    ),
  ]);
  return [['', ...orderTable.paymentStates], ...rows];
}

function actionRows<State extends string>(
  states: readonly State[],
  actionFor: (event: paymentTable.OrderEventName, state: State) => string,
): Table {
  const rows = states.map((state) => [
    state,
    ...paymentTable.orderEvents.map((event) => actionFor(event, state)),
  ]);
  return [['', ...paymentTable.orderEvents], ...rows];
}

function responseRows(): Table {
  return paymentTable.operationNames.map((name) => {
    const { waiting, approved, refused } = paymentTable.operations[name];
    const onwards = [approved, refused].map((status) => {
      const action = paymentTable.actionFor('order.cancelled', status);
      const isOperation = action === 'void' || action === 'refund';
      return isOperation ? `${status}, then ${paymentTable.operations[action].waiting}` : status;
    });
    return [name, waiting, approved, refused, ...onwards];
  });
}

function nextReportRows(saysNext: Readonly<Record<string, readonly string[]>>): Table {
  return Object.entries(saysNext).map(([last, nexts]) => [last, nexts.join(', ')]);
}

describe.each(['state-machines.md', 'state-machines.zh-CN.md'])(
  'docs/reference/%s equals the code',
  async (name) => {
    const page = await readFile(new URL(`../../docs/reference/${name}`, import.meta.url), 'utf8');
    const tables = parseTables(page);

    it('in every cell of the order table', () => {
      const about = /^(stock ↓ payment|库存 ↓ 支付) →$/;
      expect(findTable(tables, about, 0)).toEqual(orderRows(null));
      expect(findTable(tables, about, 1)).toEqual(orderRows('timed_out'));
    });

    it('in the next reports of each side', () => {
      const [, ...stock] = findTable(tables, /^(stock said|库存的当前结果)$/);
      const [, ...payment] = findTable(tables, /^(payment said|支付的当前结果)$/);
      expect(stock).toEqual(nextReportRows(orderTable.nextStockReports));
      expect(payment).toEqual(nextReportRows(orderTable.nextPaymentReports));
    });

    it('in the actions of inventory and payment', () => {
      const about = /^(state ↓ message|状态 ↓ 消息) →$/;
      expect(findTable(tables, about, 0)).toEqual(
        actionRows(inventory.reservationStates, inventory.actionFor),
      );
      expect(findTable(tables, about, 1)).toEqual(
        actionRows(paymentTable.paymentStates, paymentTable.actionFor),
      );
    });

    it('in the responses of the gateway', () => {
      const [, ...rows] = findTable(tables, /^(operation|操作)$/);
      expect(rows).toEqual(responseRows());
    });

    it('in its diagrams', () => {
      expect(parseDiagram(page, 0)).toEqual(formatTransitions(orderTable.orderTransitions));
      expect(parseDiagram(page, 1)).toEqual(formatTransitions(inventory.reservationTransitions));
      expect(parseDiagram(page, 2)).toEqual(formatTransitions(paymentTable.paymentTransitions));
    });

    it('in the reasons of impossible cells', () => {
      const reasons = [...page.matchAll(/^- ([a-h])[:：]/gm)].map(([, letter]) => letter);
      expect(reasons).toEqual(impossibleReasons.map((_, index) => 'abcdefgh'.charAt(index)));
      if (name === 'state-machines.md')
        for (const reason of impossibleReasons) expect(page).toContain(`: ${reason}\n`);
    });
  },
);
