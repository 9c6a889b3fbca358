import { v7 as uuidv7 } from 'uuid';
import type { LedgerEntry } from '../../apps/gateway-simulator/src/domain/ledger.js';
import type { InvariantId } from '../../tools/audit/report.js';
import type { AuditFixture } from './audit-fixture.js';
import type { SampleOrders } from './sample-orders.js';

/** A change of the records, and exactly the invariants that must report it. */
export interface Corruption {
  readonly name: string;
  readonly reportedBy: readonly InvariantId[];
  readonly apply: (fixture: AuditFixture, orders: SampleOrders) => Promise<unknown> | void;
  /** Ids of orders that the client knows as accepted. */
  readonly accepted?: readonly string[];
}

export const stockCorruptions: readonly Corruption[] = [
  {
    name: 'a held quantity is increased by one',
    reportedBy: ['S1', 'S2'],
    apply: ({ inventory }) => inventory(`UPDATE stock_levels SET held = held + 1 WHERE sku = 'TEA'`),
  },
  {
    name: 'more units are deducted than received',
    reportedBy: ['S1'],
    apply: async ({ inventory }) => {
      await inventory(`UPDATE stock_receipts SET quantity = 3 WHERE sku = 'TEA'`);
      await inventory(`UPDATE stock_levels SET received = 3, available = -1 WHERE sku = 'TEA'`);
    },
  },
  {
    name: 'a deducted unit becomes available without a release',
    reportedBy: ['S2'],
    apply: ({ inventory }) =>
      inventory(
        `UPDATE stock_levels SET deducted = deducted - 1, available = available + 1 WHERE sku = 'TEA'`,
      ),
  },
  {
    name: 'units appear without a goods receipt',
    reportedBy: ['S2'],
    apply: ({ inventory }) =>
      inventory(
        `UPDATE stock_levels SET received = received + 1, available = available + 1 WHERE sku = 'CUP'`,
      ),
  },
  {
    name: 'a stock level is lost',
    reportedBy: ['S2'],
    apply: ({ inventory }) => inventory(`DELETE FROM stock_levels WHERE sku = 'CUP'`),
  },
  {
    name: 'an order has a second reservation',
    reportedBy: ['S3', 'Q2'],
    apply: ({ inventory }, { completed }) =>
      inventory(
        `INSERT INTO reservations SELECT order_id, status, '[]', version FROM reservations WHERE order_id = $1`,
        [completed],
      ),
  },
  {
    name: 'the reservation of a completed order is lost',
    reportedBy: ['S2', 'Q2'],
    apply: ({ inventory }, { completed }) =>
      inventory('DELETE FROM reservations WHERE order_id = $1', [completed]),
  },
  {
    name: 'the reservation of a cancelled order is lost',
    reportedBy: ['Q3'],
    apply: ({ inventory }, { outOfStock }) =>
      inventory('DELETE FROM reservations WHERE order_id = $1', [outOfStock]),
  },
  {
    name: 'the deducted units differ from the ordered ones',
    reportedBy: ['S2', 'Q2'],
    apply: ({ inventory }, { completed }) =>
      inventory(`UPDATE reservations SET lines = '[{"sku":"CUP","quantity":1}]' WHERE order_id = $1`, [
        completed,
      ]),
  },
  {
    name: 'the reservation of a cancelled order stays deducted',
    reportedBy: ['S6', 'Q3'],
    apply: async ({ inventory }, { refunded }) => {
      await inventory(`UPDATE reservations SET status = 'deducted' WHERE order_id = $1`, [refunded]);
      await inventory(
        `UPDATE stock_levels SET deducted = deducted + 2, available = available - 2 WHERE sku = 'TEA'`,
      );
    },
  },
];

export const paymentCorruptions: readonly Corruption[] = [
  {
    name: 'a capture is requested twice',
    reportedBy: ['S3'],
    apply: ({ payment }, { completed }) => duplicateOperation(payment, completed, 'capture'),
  },
  {
    name: 'an order has a second captured payment',
    reportedBy: ['S3', 'Q2'],
    apply: ({ payment }, { completed }) =>
      payment('INSERT INTO payments SELECT * FROM payments WHERE order_id = $1', [completed]),
  },
  {
    name: 'the refunds exceed the capture',
    reportedBy: ['S4'],
    apply: ({ payment }, { refunded }) => duplicateOperation(payment, refunded, 'refund'),
  },
  {
    name: 'the captured amount differs from the total',
    reportedBy: ['Q2', 'Q4'],
    apply: ({ payment }, { completed }) =>
      payment('UPDATE payments SET amount = amount - 1 WHERE order_id = $1', [completed]),
  },
  {
    name: 'the payment of a completed order is lost',
    reportedBy: ['Q2', 'Q4'],
    apply: ({ payment }, { completed }) => payment('DELETE FROM payments WHERE order_id = $1', [completed]),
  },
  {
    name: 'the payment of a declined order is lost',
    reportedBy: ['Q3', 'Q4'],
    apply: ({ payment }, { declined }) => payment('DELETE FROM payments WHERE order_id = $1', [declined]),
  },
  {
    name: 'a cancelled order is charged in every record',
    reportedBy: ['S6', 'Q3'],
    apply: async (fixture, { refunded }) => {
      await fixture.payment(`UPDATE payments SET status = 'captured', refund_id = NULL WHERE order_id = $1`, [
        refunded,
      ]);
      await fixture.payment(`DELETE FROM gateway_operations WHERE operation = 'refund' AND order_id = $1`, [
        refunded,
      ]);
      await removeFromLedger(
        fixture,
        (entry) => entry.operation === 'refund' && entry.reference === refunded,
      );
    },
  },
  {
    name: 'a captured and deducted order is cancelled',
    reportedBy: ['Q2', 'Q3'],
    apply: async ({ order }, { completed }) => {
      await order(
        `INSERT INTO order_transitions (order_id, version, trigger, from_status, to_status, stock, payment)
         SELECT id, version + 1, 'customer_cancelled', 'completed', 'cancelling', stock, payment
         FROM orders WHERE id = $1
         UNION ALL
         SELECT id, version + 2, 'customer_cancelled', 'cancelling', 'cancelled', stock, payment
         FROM orders WHERE id = $1`,
        [completed],
      );
      await order(`UPDATE orders SET status = 'cancelled', version = version + 2 WHERE id = $1`, [completed]);
    },
  },
  {
    name: 'a payment stays in capturing',
    reportedBy: ['Q2', 'Q7'],
    apply: ({ payment }, { completed }) =>
      payment(`UPDATE payments SET status = 'capturing', capture_id = NULL WHERE order_id = $1`, [completed]),
  },
  {
    name: 'a gateway operation has no outcome',
    reportedBy: ['Q7'],
    apply: ({ payment }, { captureRefused }) =>
      payment(
        `UPDATE gateway_operations SET outcome = NULL, completed_at = NULL
         WHERE operation = 'void' AND order_id = $1`,
        [captureRefused],
      ),
  },
];

export const ledgerCorruptions: readonly Corruption[] = [
  {
    name: 'the ledger has a charge for an unknown order',
    reportedBy: ['Q4'],
    apply: ({ gateway }) => addForgedCharge(gateway.addForgedEntry, uuidv7(), 100),
  },
  {
    name: 'the ledger has two charges for one order',
    reportedBy: ['Q4'],
    apply: ({ gateway }, { completed }) => addForgedCharge(gateway.addForgedEntry, completed, 5_990),
  },
  {
    name: 'the ledger has a charge for a declined order',
    reportedBy: ['Q3', 'Q4'],
    apply: ({ gateway }, { declined }) => addForgedCharge(gateway.addForgedEntry, declined, 2_600),
  },
  {
    name: 'the refunds in the ledger exceed the capture',
    reportedBy: ['Q3', 'Q4'],
    apply: ({ gateway }, { refunded }) => {
      const capture = gateway.entries().find(isCaptureFor(refunded));
      gateway.addForgedEntry({ ...createEntry('refund', refunded, 1), parentId: capture?.id ?? '' });
    },
  },
  {
    name: 'the ledger has another captured amount',
    reportedBy: ['Q4'],
    apply: (fixture, { completed }) =>
      fixture.rewriteLedger(
        fixture.gateway
          .entries()
          .map((entry) => (isCaptureFor(completed)(entry) ? { ...entry, amount: entry.amount - 1 } : entry)),
      ),
  },
  {
    name: 'the ledger lacks a capture',
    reportedBy: ['Q4'],
    apply: (fixture, { completed }) => removeFromLedger(fixture, isCaptureFor(completed)),
  },
  {
    name: 'the ledger lacks the void of a cancelled order',
    reportedBy: ['Q3', 'Q4'],
    apply: (fixture, { captureRefused }) =>
      removeFromLedger(
        fixture,
        ({ operation, reference }) => operation === 'void' && reference === captureRefused,
      ),
  },
  {
    name: 'the gateway refunds what an operator recorded as refunded outside',
    reportedBy: ['Q3', 'Q4'],
    apply: (fixture, { refunded }) => settleRefund(fixture.payment, refunded),
  },
  {
    name: 'the ledger lacks the decline of a declined payment',
    reportedBy: ['Q4'],
    apply: (fixture, { declined }) =>
      removeFromLedger(fixture, ({ reference, status }) => reference === declined && status === 'refused'),
  },
];

function isCaptureFor(orderId: string): (entry: LedgerEntry) => boolean {
  return ({ operation, reference }) => operation === 'capture' && reference === orderId;
}

export function removeFromLedger(
  fixture: AuditFixture,
  isLost: (entry: LedgerEntry) => boolean,
): Promise<void> {
  const entries = fixture.gateway.entries();
  const kept = entries.filter((entry) => !isLost(entry));
  if (kept.length === entries.length) throw new Error('no ledger entry matches');
  return fixture.rewriteLedger(kept);
}

function createEntry(operation: LedgerEntry['operation'], reference: string, amount: number): LedgerEntry {
  const id = `forged_${uuidv7()}`;
  const at = new Date().toISOString();
  const status = 'approved';
  return { id, operation, status, reference, amount, currency: 'CNY', idempotencyKey: id, at };
}

function addForgedCharge(forge: (entry: LedgerEntry) => void, reference: string, amount: number): void {
  const authorization = createEntry('authorize', reference, amount);
  forge(authorization);
  forge({ ...createEntry('capture', reference, amount), parentId: authorization.id });
}

/** Records the refund of an order as executed outside. */
export async function settleRefund(payment: AuditFixture['payment'], orderId: string): Promise<void> {
  await payment(
    `INSERT INTO external_settlements (order_id, operation, reference) VALUES ($1, 'refund', 'bank_1')`,
    [orderId],
  );
  await payment(`UPDATE payments SET refund_id = 'bank_1' WHERE order_id = $1`, [orderId]);
}

function duplicateOperation(payment: AuditFixture['payment'], orderId: string, operation: string) {
  return payment(
    `INSERT INTO gateway_operations
       (idempotency_key, order_id, operation, attempts, outcome, completed_at, correlation_id)
     SELECT idempotency_key || ':again', order_id, operation, 1, outcome, completed_at, correlation_id
     FROM gateway_operations
     WHERE order_id = $1 AND operation = $2`,
    [orderId, operation],
  );
}
