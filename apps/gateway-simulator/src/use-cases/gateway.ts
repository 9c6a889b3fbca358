import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '#observability';
import { IdempotencyKeys } from '../domain/idempotency-keys.js';
import { Ledger, type Bank, type LedgerEntry, type Operation, type Stamp } from '../domain/ledger.js';
import { Modes, type Mode } from '../domain/modes.js';
import { behaviourOf } from '../domain/test-tokens.js';
import type { LedgerFile } from '../persistence/ledger-file.js';

export type OperationRequest =
  | { operation: 'authorize'; reference: string; amount: number; currency: string; token: string }
  | { operation: 'capture'; of: string; amount: number }
  | { operation: 'void'; of: string }
  | { operation: 'refund'; of: string; amount: number };

/** An operation that was done, now or by an earlier request with the same key, and how its answer is to be sent. */
export interface Outcome {
  readonly entry: LedgerEntry;
  readonly replayed: boolean;
  readonly answers: 'never' | 'once' | 'twice';
}

/** Told to fail: nothing was done. */
export class ToldToFail extends Error {
  override readonly name = 'ToldToFail';
}

/** Told to take the request for a mistake: nothing was done. */
export class ToldToReject extends Error {
  override readonly name = 'ToldToReject';
}

/** There are as many keys as there may be. */
export class LedgerFull extends Error {
  override readonly name = 'LedgerFull';
}

const PREFIX: Readonly<Record<Operation, string>> = {
  authorize: 'auth',
  capture: 'cap',
  void: 'void',
  refund: 'ref',
};

/** The gateway: one operation per idempotency key, whatever mode it is in and however often it is asked. */
export class Gateway {
  readonly ledger = new Ledger();
  readonly keys = new IdempotencyKeys();
  readonly modes = new Modes();

  constructor(
    private readonly keysMax: number,
    private readonly file?: LedgerFile,
  ) {
    for (const { entry, request } of file?.lines ?? []) {
      this.ledger.append(entry);
      this.keys.settle(entry.idempotencyKey, request, entry);
    }
  }

  /** @throws UnknownEntry, KeyReused, KeyInFlight, ToldToFail, ToldToReject, LedgerFull */
  async operate(key: string, request: OperationRequest): Promise<Outcome> {
    const reference =
      request.operation === 'authorize' ? request.reference : this.ledger.referenceOf(request.of);
    if (this.keys.size >= this.keysMax && !this.keys.has(key)) throw new LedgerFull();
    const asked = fingerprint(request);
    const earlier = this.keys.claim(key, asked);
    try {
      const mode = this.modes.meet(request.operation, reference);
      if (mode?.behaviour === 'fail') throw new ToldToFail();
      if (mode?.behaviour === 'reject') throw new ToldToReject();
      if (mode?.behaviour === 'slow') await delay(mode.delayMs);
      const entry = earlier ?? (await this.carryOut(key, asked, request, mode));
      return { entry, replayed: earlier !== undefined, answers: answersOf(mode) };
    } catch (error) {
      this.keys.release(key);
      throw error;
    }
  }

  private async carryOut(
    key: string,
    asked: string,
    request: OperationRequest,
    mode: Mode | undefined,
  ): Promise<LedgerEntry> {
    const token = request.operation === 'authorize' ? behaviourOf(request.token) : undefined;
    if (token?.delayMs) await delay(token.delayMs);
    const id = `${PREFIX[request.operation]}_${newId()}`;
    const entry = this.decide(
      request,
      { id, idempotencyKey: key, at: new Date().toISOString() },
      bankOf(mode),
    );
    this.file?.append({ entry, request: asked });
    this.ledger.append(entry);
    this.keys.settle(key, asked, entry);
    return entry;
  }

  private decide(request: OperationRequest, stamp: Stamp, bank: Bank | undefined): LedgerEntry {
    switch (request.operation) {
      case 'authorize': {
        const { reference, amount, currency, token } = request;
        const { authorize, willRefuse } = behaviourOf(token);
        const charge = { reference, amount, currency, ...(willRefuse && { willRefuse }) };
        return this.ledger.authorize(charge, stamp, bank ?? authorize);
      }
      case 'capture':
        return this.ledger.capture(request.of, request.amount, stamp, bank);
      case 'void':
        return this.ledger.void(request.of, stamp, bank);
      case 'refund':
        return this.ledger.refund(request.of, request.amount, stamp, bank);
    }
  }
}

/** Tells requests apart without keeping their tokens. */
function fingerprint(request: OperationRequest): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('base64url');
}

function bankOf(mode: Mode | undefined): Bank | undefined {
  if (mode?.behaviour === 'approve') return 'approves';
  return mode?.behaviour === 'decline' ? 'declined' : undefined;
}

function answersOf(mode: Mode | undefined): Outcome['answers'] {
  if (mode?.behaviour === 'timeout_after_charge') return 'never';
  return mode?.behaviour === 'answer_twice' ? 'twice' : 'once';
}
