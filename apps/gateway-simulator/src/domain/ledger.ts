export const operationNames = ['authorize', 'capture', 'void', 'refund'] as const;
export type Operation = (typeof operationNames)[number];

/** Reason of a refusal, by the customer's bank or by the ledger's rules. */
export const refusals = [
  'declined',
  'insufficient_funds',
  'capture_refused',
  'refund_refused',
  'not_authorized',
  'already_captured',
  'already_voided',
  'amount_exceeds_authorization',
  'amount_exceeds_capture',
] as const;
export type Refusal = (typeof refusals)[number];

/** One decided operation. The ledger is append-only, and the source of truth about money. */
export interface LedgerEntry {
  readonly id: string;
  readonly operation: Operation;
  /** The authorization that was captured or voided, or the capture that was refunded. */
  readonly parentId?: string;
  readonly status: 'approved' | 'refused';
  readonly reason?: Refusal;
  /** The order. */
  readonly reference: string;
  /** In minor units. */
  readonly amount: number;
  readonly currency: string;
  /** The later operation that the bank of this approved authorization refuses. */
  readonly willRefuse?: 'capture' | 'refund';
  readonly idempotencyKey: string;
  readonly at: string;
}

/** An entry's members that the caller generates. */
export interface EntryMetadata {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly at: string;
}

/** The bank's decision. A refusal by the ledger's rules takes precedence. */
export type BankDecision = 'approved' | Refusal;

/** An authorization, with its capture, void and refunds. */
interface Charge {
  readonly authorization: LedgerEntry;
  readonly capture?: LedgerEntry;
  readonly isVoided: boolean;
  readonly refunded: number;
}

export class UnknownEntryError extends Error {
  override readonly name = 'UnknownEntryError';

  constructor(readonly id: string) {
    super(`unknown ${id.startsWith('cap_') ? 'capture' : 'authorization'} id`);
  }
}

/**
 * The gateway's ledger. Each method decides one operation and returns its entry, which takes effect by `append`.
 *
 * A charge is authorized, then either voided or captured once, up to the authorized amount. A capture is refunded in
 * parts, up to the captured amount. Every other operation is an entry with status `refused`.
 */
export class Ledger {
  private readonly charges = new Map<string, Charge>();
  private readonly chargeIdByCapture = new Map<string, string>();
  private readonly allEntries: LedgerEntry[] = [];
  private readonly entriesByReference = new Map<string, LedgerEntry[]>();

  authorize(
    request: Pick<LedgerEntry, 'reference' | 'amount' | 'currency' | 'willRefuse'>,
    metadata: EntryMetadata,
    bank: BankDecision,
  ): LedgerEntry {
    return { ...metadata, operation: 'authorize', ...request, ...toStatus(bank) };
  }

  /** @throws UnknownEntryError */
  capture(
    authorizationId: string,
    amount: number,
    metadata: EntryMetadata,
    bank?: BankDecision,
  ): LedgerEntry {
    const charge = this.charge(authorizationId);
    const refusal =
      checkOpen(charge) ?? checkLimit(amount, charge.authorization, 'amount_exceeds_authorization');
    const decision = bank ?? (charge.authorization.willRefuse === 'capture' ? 'capture_refused' : 'approved');
    return this.createEntry(
      { operation: 'capture', parentId: authorizationId, amount, metadata },
      charge,
      refusal ?? decision,
    );
  }

  /** @throws UnknownEntryError */
  void(authorizationId: string, metadata: EntryMetadata, bank: BankDecision = 'approved'): LedgerEntry {
    const charge = this.charge(authorizationId);
    const { amount } = charge.authorization;
    return this.createEntry(
      { operation: 'void', parentId: authorizationId, amount, metadata },
      charge,
      checkOpen(charge) ?? bank,
    );
  }

  /** @throws UnknownEntryError */
  refund(captureId: string, amount: number, metadata: EntryMetadata, bank?: BankDecision): LedgerEntry {
    const charge = this.charge(this.chargeIdByCapture.get(captureId) ?? captureId);
    if (charge.capture?.id !== captureId) throw new UnknownEntryError(captureId);
    const refusal = checkLimit(charge.refunded + amount, charge.capture, 'amount_exceeds_capture');
    const decision = bank ?? (charge.authorization.willRefuse === 'refund' ? 'refund_refused' : 'approved');
    return this.createEntry(
      { operation: 'refund', parentId: captureId, amount, metadata },
      charge,
      refusal ?? decision,
    );
  }

  /** Appends an entry, decided now or read from the ledger file. */
  append(entry: LedgerEntry): void {
    this.allEntries.push(entry);
    const existing = this.entriesByReference.get(entry.reference);
    if (existing) existing.push(entry);
    else this.entriesByReference.set(entry.reference, [entry]);
    if (entry.operation === 'authorize') {
      this.charges.set(entry.id, { authorization: entry, isVoided: false, refunded: 0 });
    } else if (entry.status === 'approved') this.apply(entry);
  }

  /** The entries of one order, or of all, oldest first. */
  entries(reference?: string): readonly LedgerEntry[] {
    return reference === undefined ? this.allEntries : (this.entriesByReference.get(reference) ?? []);
  }

  /** The order of an authorization or a capture. @throws UnknownEntryError */
  findReference(id: string): string {
    return this.charge(this.chargeIdByCapture.get(id) ?? id).authorization.reference;
  }

  private apply(entry: LedgerEntry): void {
    const id = this.chargeIdByCapture.get(entry.parentId ?? '') ?? entry.parentId ?? '';
    const charge = this.charge(id);
    if (entry.operation === 'capture') this.chargeIdByCapture.set(entry.id, id);
    this.charges.set(id, {
      ...charge,
      ...(entry.operation === 'capture' && { capture: entry }),
      ...(entry.operation === 'void' && { isVoided: true }),
      ...(entry.operation === 'refund' && { refunded: charge.refunded + entry.amount }),
    });
  }

  private charge(authorizationId: string): Charge {
    const charge = this.charges.get(authorizationId);
    if (!charge) throw new UnknownEntryError(authorizationId);
    return charge;
  }

  private createEntry(
    {
      metadata,
      ...entry
    }: Pick<LedgerEntry, 'operation' | 'parentId' | 'amount'> & { metadata: EntryMetadata },
    { authorization: { reference, currency } }: Charge,
    bank: BankDecision,
  ): LedgerEntry {
    return { ...metadata, ...entry, reference, currency, ...toStatus(bank) };
  }
}

function checkOpen(charge: Charge): Refusal | undefined {
  if (charge.authorization.status === 'refused') return 'not_authorized';
  if (charge.capture) return 'already_captured';
  return charge.isVoided ? 'already_voided' : undefined;
}

function checkLimit(amount: number, { amount: limit }: LedgerEntry, refusal: Refusal): Refusal | undefined {
  return amount > limit ? refusal : undefined;
}

function toStatus(bank: BankDecision): Pick<LedgerEntry, 'status' | 'reason'> {
  return bank === 'approved' ? { status: 'approved' } : { status: 'refused', reason: bank };
}
