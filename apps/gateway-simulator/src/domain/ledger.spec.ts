import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger, UnknownEntryError, type BankDecision, type LedgerEntry } from './ledger.js';
import { summarize } from './summary.js';

let serial = 0;
const createMetadata = (prefix: string) => {
  serial += 1;
  return { id: `${prefix}_${serial}`, idempotencyKey: `key-${serial}`, at: '2026-11-21T10:00:00.000Z' };
};

/** Appends each decided entry, as the gateway does. */
class TestLedger {
  readonly inner = new Ledger();

  authorize(amount: number, bank: BankDecision = 'approved', willRefuse?: 'capture' | 'refund') {
    const charge = { reference: 'o-1', amount, currency: 'CNY', ...(willRefuse && { willRefuse }) };
    return this.append(this.inner.authorize(charge, createMetadata('auth'), bank));
  }
  capture(id: string, amount: number, bank?: BankDecision) {
    return this.append(this.inner.capture(id, amount, createMetadata('cap'), bank));
  }
  void(id: string) {
    return this.append(this.inner.void(id, createMetadata('void')));
  }
  refund(id: string, amount: number, bank?: BankDecision) {
    return this.append(this.inner.refund(id, amount, createMetadata('ref'), bank));
  }
  private append(entry: LedgerEntry): LedgerEntry {
    this.inner.append(entry);
    return entry;
  }
}

const approved = { status: 'approved' };
const refused = (reason: string) => ({ status: 'refused', reason });

describe('a ledger', () => {
  it('authorizes, captures and refunds in parts', () => {
    const ledger = new TestLedger();
    const authorization = ledger.authorize(100);
    const capture = ledger.capture(authorization.id, 90);
    expect(capture).toMatchObject({
      ...approved,
      parentId: authorization.id,
      amount: 90,
      reference: 'o-1',
      currency: 'CNY',
    });
    expect(ledger.refund(capture.id, 50)).toMatchObject({ ...approved, parentId: capture.id, amount: 50 });
    expect(ledger.refund(capture.id, 40)).toMatchObject(approved);
    expect(ledger.refund(capture.id, 1)).toMatchObject(refused('amount_exceeds_capture'));
  });

  it('never captures more than was authorized', () => {
    const ledger = new TestLedger();
    expect(ledger.capture(ledger.authorize(100).id, 101)).toMatchObject(
      refused('amount_exceeds_authorization'),
    );
  });

  it('captures once', () => {
    const ledger = new TestLedger();
    const { id } = ledger.authorize(100);
    ledger.capture(id, 60);
    expect(ledger.capture(id, 40)).toMatchObject(refused('already_captured'));
  });

  it('never voids a capture, nor reuses a voided authorization', () => {
    const ledger = new TestLedger();
    const captured = ledger.authorize(100);
    ledger.capture(captured.id, 100);
    expect(ledger.void(captured.id)).toMatchObject(refused('already_captured'));
    const voided = ledger.authorize(100);
    expect(ledger.void(voided.id)).toMatchObject(approved);
    expect(ledger.capture(voided.id, 100)).toMatchObject(refused('already_voided'));
    expect(ledger.void(voided.id)).toMatchObject(refused('already_voided'));
  });

  it('never captures or voids a refused authorization', () => {
    const ledger = new TestLedger();
    const { id } = ledger.authorize(100, 'insufficient_funds');
    expect(ledger.capture(id, 100)).toMatchObject(refused('not_authorized'));
    expect(ledger.void(id)).toMatchObject(refused('not_authorized'));
  });

  it('does not change by a refused operation', () => {
    const ledger = new TestLedger();
    const { id } = ledger.authorize(100);
    ledger.capture(id, 100, 'declined');
    expect(ledger.capture(id, 100)).toMatchObject(approved);
  });

  it('refuses the capture or refund that `willRefuse` names', () => {
    const ledger = new TestLedger();
    expect(ledger.capture(ledger.authorize(1, 'approved', 'capture').id, 1)).toMatchObject(
      refused('capture_refused'),
    );
    const capture = ledger.capture(ledger.authorize(1, 'approved', 'refund').id, 1);
    expect(capture).toMatchObject(approved);
    expect(ledger.refund(capture.id, 1)).toMatchObject(refused('refund_refused'));
  });

  it('rejects operations on unknown ids', () => {
    const ledger = new TestLedger();
    const { id } = ledger.authorize(1);
    expect(() => ledger.capture('auth_none', 1)).toThrow(UnknownEntryError);
    expect(() => ledger.void('auth_none')).toThrow(UnknownEntryError);
    expect(() => ledger.refund(id, 1)).toThrow(UnknownEntryError);
  });

  it('keeps refunds within captures within authorizations, for every sequence', () => {
    const steps = fc.array(
      fc.record({
        operation: fc.constantFrom('capture', 'void', 'refund'),
        amount: fc.nat(150),
        bank: fc.constantFrom<(BankDecision | undefined)[]>(undefined, 'approved', 'declined'),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(steps, (sequence) => {
        const ledger = new TestLedger();
        const { id } = ledger.authorize(100);
        let captureId: string | undefined;
        for (const { operation, amount, bank } of sequence) {
          if (operation === 'void') ledger.void(id);
          else if (operation === 'refund') {
            if (captureId) ledger.refund(captureId, amount, bank);
          } else {
            const capture = ledger.capture(id, amount, bank);
            if (capture.status === 'approved') captureId = capture.id;
          }
        }
        const { capture, void: voids, refund } = summarize(ledger.inner.entries());
        expect(capture.approved + voids.approved).toBeLessThanOrEqual(1);
        expect(capture.amounts['CNY'] ?? 0).toBeLessThanOrEqual(100);
        expect(refund.amounts['CNY'] ?? 0).toBeLessThanOrEqual(capture.amounts['CNY'] ?? 0);
      }),
    );
  });

  it('decides the same after its entries are read back', () => {
    const ledger = new TestLedger();
    const first = ledger.authorize(100);
    const capture = ledger.capture(first.id, 100);
    ledger.refund(capture.id, 70);
    const second = ledger.authorize(100);
    ledger.void(second.id);
    const again = new Ledger();
    for (const entry of ledger.inner.entries()) again.append(entry);
    expect(again.refund(capture.id, 31, createMetadata('ref'))).toMatchObject(
      refused('amount_exceeds_capture'),
    );
    expect(again.refund(capture.id, 30, createMetadata('ref'))).toMatchObject(approved);
    expect(again.capture(second.id, 100, createMetadata('cap'))).toMatchObject(refused('already_voided'));
    expect(again.entries('o-1')).toEqual(ledger.inner.entries());
  });
});
