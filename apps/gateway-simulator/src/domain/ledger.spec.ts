import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger, UnknownEntry, type Bank, type LedgerEntry } from './ledger.js';
import { summarize } from './summary.js';

let serial = 0;
const stamp = (prefix: string) => {
  serial += 1;
  return { id: `${prefix}_${serial}`, idempotencyKey: `key-${serial}`, at: '2026-11-21T10:00:00.000Z' };
};

/** Appends what it decides, as the gateway does. */
class Books {
  readonly ledger = new Ledger();

  authorize(amount: number, bank: Bank = 'approves', willRefuse?: 'capture' | 'refund') {
    const charge = { reference: 'o-1', amount, currency: 'CNY', ...(willRefuse && { willRefuse }) };
    return this.append(this.ledger.authorize(charge, stamp('auth'), bank));
  }
  capture(id: string, amount: number, bank?: Bank) {
    return this.append(this.ledger.capture(id, amount, stamp('cap'), bank));
  }
  void(id: string) {
    return this.append(this.ledger.void(id, stamp('void')));
  }
  refund(id: string, amount: number, bank?: Bank) {
    return this.append(this.ledger.refund(id, amount, stamp('ref'), bank));
  }
  private append(entry: LedgerEntry): LedgerEntry {
    this.ledger.append(entry);
    return entry;
  }
}

const approved = { status: 'approved' };
const refused = (reason: string) => ({ status: 'refused', reason });

describe('a ledger', () => {
  it('authorizes, captures and refunds in parts', () => {
    const books = new Books();
    const authorization = books.authorize(100);
    const capture = books.capture(authorization.id, 90);
    expect(capture).toMatchObject({
      ...approved,
      of: authorization.id,
      amount: 90,
      reference: 'o-1',
      currency: 'CNY',
    });
    expect(books.refund(capture.id, 50)).toMatchObject({ ...approved, of: capture.id, amount: 50 });
    expect(books.refund(capture.id, 40)).toMatchObject(approved);
    expect(books.refund(capture.id, 1)).toMatchObject(refused('amount_exceeds_capture'));
  });

  it('never captures more than was authorized', () => {
    const books = new Books();
    expect(books.capture(books.authorize(100).id, 101)).toMatchObject(
      refused('amount_exceeds_authorization'),
    );
  });

  it('captures once', () => {
    const books = new Books();
    const { id } = books.authorize(100);
    books.capture(id, 60);
    expect(books.capture(id, 40)).toMatchObject(refused('already_captured'));
  });

  it('never voids what was captured, nor captures or voids what was voided', () => {
    const books = new Books();
    const captured = books.authorize(100);
    books.capture(captured.id, 100);
    expect(books.void(captured.id)).toMatchObject(refused('already_captured'));
    const voided = books.authorize(100);
    expect(books.void(voided.id)).toMatchObject(approved);
    expect(books.capture(voided.id, 100)).toMatchObject(refused('already_voided'));
    expect(books.void(voided.id)).toMatchObject(refused('already_voided'));
  });

  it('captures and voids nothing that was refused', () => {
    const books = new Books();
    const { id } = books.authorize(100, 'insufficient_funds');
    expect(books.capture(id, 100)).toMatchObject(refused('not_authorized'));
    expect(books.void(id)).toMatchObject(refused('not_authorized'));
  });

  it('is not changed by a refused operation', () => {
    const books = new Books();
    const { id } = books.authorize(100);
    books.capture(id, 100, 'declined');
    expect(books.capture(id, 100)).toMatchObject(approved);
  });

  it('remembers that a bank will refuse the capture, or the refund', () => {
    const books = new Books();
    expect(books.capture(books.authorize(1, 'approves', 'capture').id, 1)).toMatchObject(
      refused('capture_refused'),
    );
    const capture = books.capture(books.authorize(1, 'approves', 'refund').id, 1);
    expect(capture).toMatchObject(approved);
    expect(books.refund(capture.id, 1)).toMatchObject(refused('refund_refused'));
  });

  it('knows no operation on what is not there', () => {
    const books = new Books();
    const { id } = books.authorize(1);
    expect(() => books.capture('auth_none', 1)).toThrow(UnknownEntry);
    expect(() => books.void('auth_none')).toThrow(UnknownEntry);
    expect(() => books.refund(id, 1)).toThrow(UnknownEntry);
  });

  it('keeps, for any sequence of operations, refunds within captures within authorizations', () => {
    const steps = fc.array(
      fc.record({
        operation: fc.constantFrom('capture', 'void', 'refund'),
        amount: fc.nat(150),
        bank: fc.constantFrom<(Bank | undefined)[]>(undefined, 'approves', 'declined'),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(steps, (sequence) => {
        const books = new Books();
        const { id } = books.authorize(100);
        let captureId: string | undefined;
        for (const { operation, amount, bank } of sequence) {
          if (operation === 'void') books.void(id);
          else if (operation === 'refund') {
            if (captureId) books.refund(captureId, amount, bank);
          } else {
            const capture = books.capture(id, amount, bank);
            if (capture.status === 'approved') captureId = capture.id;
          }
        }
        const { capture, void: voids, refund } = summarize(books.ledger.entries());
        expect(capture.approved + voids.approved).toBeLessThanOrEqual(1);
        expect(capture.amounts['CNY'] ?? 0).toBeLessThanOrEqual(100);
        expect(refund.amounts['CNY'] ?? 0).toBeLessThanOrEqual(capture.amounts['CNY'] ?? 0);
      }),
    );
  });

  it('decides the same after its entries were read back', () => {
    const books = new Books();
    const first = books.authorize(100);
    const capture = books.capture(first.id, 100);
    books.refund(capture.id, 70);
    const second = books.authorize(100);
    books.void(second.id);
    const again = new Ledger();
    for (const entry of books.ledger.entries()) again.append(entry);
    expect(again.refund(capture.id, 31, stamp('ref'))).toMatchObject(refused('amount_exceeds_capture'));
    expect(again.refund(capture.id, 30, stamp('ref'))).toMatchObject(approved);
    expect(again.capture(second.id, 100, stamp('cap'))).toMatchObject(refused('already_voided'));
    expect(again.entries('o-1')).toEqual(books.ledger.entries());
  });
});
