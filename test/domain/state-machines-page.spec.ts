import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as inventory from '../../apps/inventory/src/domain/stock.js';
import * as orderTable from '../../apps/order/src/domain/order-table.js';
import * as paymentTable from '../../apps/payment/src/domain/payment-table.js';

type Table = readonly (readonly string[])[];
type Transitions = readonly (readonly [from: string | null, to: string])[];

/** The rows of every table on the page, without the headings, as plain words. */
function tablesOf(page: string): readonly Table[] {
  const plain = page.replaceAll(/[*`]/g, '');
  const blocks = plain.match(/(^\|.*\|\n)+/gm) ?? [];
  return blocks.map((block) => block.trim().split('\n').map(cellsOf));
}

function cellsOf(row: string): readonly string[] {
  return row
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}

/** The table on the page that is about this, without its heading and with nothing in the corner. */
function tableAbout(tables: readonly Table[], corner: RegExp, nth = 0): Table {
  const [heading, , ...rows] = tables.filter(([heading]) => corner.test(heading?.[0] ?? ''))[nth] ?? [];
  return [['', ...(heading?.slice(1) ?? [])], ...rows];
}

/** The arrows of the diagram under a heading, those to the end left out. */
function arrowsOf(page: string, nth: number): readonly string[] {
  const diagram = [...page.matchAll(/```mermaid\n(.*?)```/gs)][nth]?.[1] ?? '';
  const arrows = [...diagram.matchAll(/^ +(\S+) --> (\w+):/gm)];
  return arrows.map(([, from, to]) => `${from === '[*]' ? null : from} → ${to}`).sort();
}

function arrowsBetween(transitions: Transitions): readonly string[] {
  return transitions
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => `${from} → ${to}`)
    .sort();
}

/** Impossible cells are lettered by their reasons, in the order in which one meets these. */
const whys = [
  ...new Set(
    orderTable.stockWords.flatMap((stock) =>
      orderTable.paymentWords.flatMap((payment) => {
        const cell = orderTable.cellOf(stock, payment, null);
        return cell.kind === 'impossible' ? [cell.why] : [];
      }),
    ),
  ),
];

function orderRows(cancellation: orderTable.CancellationReason | null): Table {
  const word = (cell: orderTable.Cell) => {
    switch (cell.kind) {
      case 'status':
        return cell.status;
      case 'cancels':
        return `→ ${cell.reason}`;
      case 'impossible':
        return 'abcdefgh'.charAt(whys.indexOf(cell.why));
    }
  };
  const rows = orderTable.stockWords.map((stock) => [
    stock,
    ...orderTable.paymentWords.map((payment) => word(orderTable.cellOf(stock, payment, cancellation))),
  ]);
  return [['', ...orderTable.paymentWords], ...rows];
}

function moveRows<State extends string>(
  states: readonly State[],
  moveOn: (event: paymentTable.OrderEventName, state: State) => string,
): Table {
  const rows = states.map((state) => [
    state,
    ...paymentTable.orderEvents.map((event) => moveOn(event, state)),
  ]);
  return [['', ...paymentTable.orderEvents], ...rows];
}

function answerRows(): Table {
  return paymentTable.operationNames.map((name) => {
    const { waits, approved, refused } = paymentTable.operations[name];
    const onwards = [approved, refused].map((status) => {
      const move = paymentTable.moveOn('order.cancelled', status);
      const isOperation = move === 'void' || move === 'refund';
      return isOperation ? `${status}, then ${paymentTable.operations[move].waits}` : status;
    });
    return [name, waits, approved, refused, ...onwards];
  });
}

function nextRows(saysNext: Readonly<Record<string, readonly string[]>>): Table {
  return Object.entries(saysNext).map(([said, nexts]) => [said, nexts.join(', ')]);
}

describe.each(['state-machines.md', 'state-machines.zh-CN.md'])(
  'docs/%s says what the code does',
  async (name) => {
    const page = await readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
    const tables = tablesOf(page);

    it('about an order, cell by cell, before a cancellation and since', () => {
      const about = /^(stock ↓ payment|库存 ↓ 支付) →$/;
      expect(tableAbout(tables, about, 0)).toEqual(orderRows(null));
      expect(tableAbout(tables, about, 1)).toEqual(orderRows('timed_out'));
    });

    it('about what each side can say next', () => {
      const [, ...stock] = tableAbout(tables, /^(stock said|库存说过)$/);
      const [, ...payment] = tableAbout(tables, /^(payment said|支付说过)$/);
      expect(stock).toEqual(nextRows(orderTable.stockSaysNext));
      expect(payment).toEqual(nextRows(orderTable.paymentSaysNext));
    });

    it('about a reservation and a payment, for each message in each state', () => {
      const about = /^(state ↓ message|状态 ↓ 消息) →$/;
      expect(tableAbout(tables, about, 0)).toEqual(moveRows(inventory.reservationStates, inventory.moveOn));
      expect(tableAbout(tables, about, 1)).toEqual(moveRows(paymentTable.paymentStates, paymentTable.moveOn));
    });

    it('about the answers of the gateway', () => {
      const [, ...rows] = tableAbout(tables, /^(operation|操作)$/);
      expect(rows).toEqual(answerRows());
    });

    it('in its diagrams', () => {
      expect(arrowsOf(page, 0)).toEqual(arrowsBetween(orderTable.orderTransitions));
      expect(arrowsOf(page, 1)).toEqual(arrowsBetween(inventory.reservationTransitions));
      expect(arrowsOf(page, 2)).toEqual(arrowsBetween(paymentTable.paymentTransitions));
    });

    it('with a reason for every letter', () => {
      const reasons = [...page.matchAll(/^- ([a-h])[:：]/gm)].map(([, letter]) => letter);
      expect(reasons).toEqual(whys.map((_, index) => 'abcdefgh'.charAt(index)));
      if (name === 'state-machines.md') for (const why of whys) expect(page).toContain(`: ${why}\n`);
    });
  },
);
