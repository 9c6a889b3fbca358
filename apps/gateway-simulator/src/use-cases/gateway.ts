import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '#observability';
import { IdempotencyKeys } from '../domain/idempotency-keys.js';
import {
  Ledger,
  type BankDecision,
  type LedgerEntry,
  type Operation,
  type EntryMetadata,
} from '../domain/ledger.js';
import { Modes, type Mode } from '../domain/modes.js';
import { tokenBehaviour } from '../domain/test-tokens.js';
import type { LedgerFile } from '../persistence/ledger-file.js';

export type OperationRequest =
  | { operation: 'authorize'; reference: string; amount: number; currency: string; token: string }
  | { operation: 'capture'; parentId: string; amount: number }
  | { operation: 'void'; parentId: string }
  | { operation: 'refund'; parentId: string; amount: number };

/** The entry of an operation, and how often to send the response. `isReplayed`: an earlier request with the key made it. */
export interface OperationResult {
  readonly entry: LedgerEntry;
  readonly isReplayed: boolean;
  readonly responds: 'never' | 'once' | 'twice';
}

/** Mode `fail`: the ledger did not change. */
export class SimulatedFailureError extends Error {
  override readonly name = 'SimulatedFailureError';

  constructor(readonly status: number) {
    super(`mode \`fail\` with status ${status}`);
  }
}

/** Mode `reject`: the ledger did not change. */
export class SimulatedRejectionError extends Error {
  override readonly name = 'SimulatedRejectionError';
}

/** The number of idempotency keys has reached `KEYS_MAX`. */
export class LedgerFullError extends Error {
  override readonly name = 'LedgerFullError';
}

const PREFIX: Readonly<Record<Operation, string>> = {
  authorize: 'auth',
  capture: 'cap',
  void: 'void',
  refund: 'ref',
};

/** Executes each idempotency key at most once while it is remembered, in every mode and for any number of requests. */
export class Gateway {
  readonly ledger = new Ledger();
  readonly keys: IdempotencyKeys;
  readonly modes = new Modes();

  constructor(
    private readonly keysMax: number,
    private readonly file?: LedgerFile,
    keyRetentionMs?: number,
  ) {
    this.keys = new IdempotencyKeys(keyRetentionMs);
    for (const { entry, requestHash } of file?.lines ?? []) {
      this.ledger.append(entry);
      this.keys.settle(entry.idempotencyKey, requestHash, entry);
    }
  }

  /**
   * Executes one operation, or returns the entry of an earlier request with the same key.
   *
   * @throws UnknownEntryError, KeyReusedError, KeyInFlightError, SimulatedFailureError, SimulatedRejectionError, LedgerFullError
   */
  async operate(key: string, request: OperationRequest): Promise<OperationResult> {
    const reference =
      request.operation === 'authorize' ? request.reference : this.ledger.findReference(request.parentId);
    if (this.keys.size >= this.keysMax && !this.keys.has(key)) throw new LedgerFullError();
    const requestHash = hashRequest(request);
    const earlier = this.keys.claim(key, requestHash);
    try {
      const mode = this.modes.take(request.operation, reference);
      if (mode?.behaviour === 'fail') throw new SimulatedFailureError(mode.status ?? 500);
      if (mode?.behaviour === 'reject') throw new SimulatedRejectionError();
      if (mode?.behaviour === 'slow') await delay(mode.delayMs);
      const entry = earlier ?? (await this.execute(key, requestHash, request, mode));
      return { entry, isReplayed: earlier !== undefined, responds: responsesFor(mode) };
    } catch (error) {
      this.keys.release(key);
      throw error;
    }
  }

  private async execute(
    key: string,
    requestHash: string,
    request: OperationRequest,
    mode: Mode | undefined,
  ): Promise<LedgerEntry> {
    const token = request.operation === 'authorize' ? tokenBehaviour(request.token) : undefined;
    if (token?.delayMs) await delay(token.delayMs);
    const id = `${PREFIX[request.operation]}_${newId()}`;
    const entry = this.decide(
      request,
      { id, idempotencyKey: key, at: new Date().toISOString() },
      forcedDecision(mode),
    );
    this.file?.append({ entry, requestHash });
    this.ledger.append(entry);
    this.keys.settle(key, requestHash, entry);
    return entry;
  }

  private decide(
    request: OperationRequest,
    metadata: EntryMetadata,
    bank: BankDecision | undefined,
  ): LedgerEntry {
    switch (request.operation) {
      case 'authorize': {
        const { reference, amount, currency, token } = request;
        const { authorize, willRefuse } = tokenBehaviour(token);
        const charge = { reference, amount, currency, ...(willRefuse && { willRefuse }) };
        return this.ledger.authorize(charge, metadata, bank ?? authorize);
      }
      case 'capture':
        return this.ledger.capture(request.parentId, request.amount, metadata, bank);
      case 'void':
        return this.ledger.void(request.parentId, metadata, bank);
      case 'refund':
        return this.ledger.refund(request.parentId, request.amount, metadata, bank);
    }
  }
}

/** Identifies a request without storing its payment token. */
function hashRequest(request: OperationRequest): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('base64url');
}

function forcedDecision(mode: Mode | undefined): BankDecision | undefined {
  if (mode?.behaviour === 'approve') return 'approved';
  return mode?.behaviour === 'decline' ? 'declined' : undefined;
}

function responsesFor(mode: Mode | undefined): OperationResult['responds'] {
  if (mode?.behaviour === 'timeout_after_charge') return 'never';
  return mode?.behaviour === 'respond_twice' ? 'twice' : 'once';
}
