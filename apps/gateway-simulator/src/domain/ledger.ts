export type Operation = 'authorize' | 'capture' | 'void' | 'refund';

/** Why an operation was refused: by the shopper's bank, or because the ledger does not allow it. */
export type Refusal =
  | 'declined'
  | 'insufficient_funds'
  | 'capture_refused'
  | 'refund_refused'
  | 'not_authorized'
  | 'already_captured'
  | 'already_voided'
  | 'amount_exceeds_authorization'
  | 'amount_exceeds_capture';

/** One operation as it was decided. Entries are only ever added; together they are the truth about the money. */
export interface LedgerEntry {
  readonly id: string;
  readonly operation: Operation;
  /** The authorization that was captured or voided, or the capture that was refunded. */
  readonly of?: string;
  readonly status: 'approved' | 'refused';
  readonly reason?: Refusal;
  /** The order. */
  readonly reference: string;
  /** In minor units. */
  readonly amount: number;
  readonly currency: string;
  /** An approved authorization whose bank will refuse this later. */
  readonly willRefuse?: 'capture' | 'refund';
  readonly idempotencyKey: string;
  readonly at: string;
}

/** What the outside gives an entry. */
export interface Stamp {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly at: string;
}

/** What the bank says, unless the ledger's own rules forbid the operation anyway. */
export type Bank = 'approves' | Refusal;

/** An authorization and what became of it. */
interface Charge {
  readonly authorization: LedgerEntry;
  readonly capture?: LedgerEntry;
  readonly voided: boolean;
  readonly refunded: number;
}

export class UnknownEntry extends Error {
  override readonly name = 'UnknownEntry';

  constructor(readonly id: string) {
    super(`there is no such ${id.startsWith('cap_') ? 'capture' : 'authorization'}`);
  }
}

/**
 * The gateway's books. Each method decides one operation and returns its entry, which counts once it is appended.
 *
 * A charge is authorized, then either voided or captured, once, up to the authorized amount; what was captured can
 * be refunded in parts, up to the captured amount. Whatever else is asked for is an entry with status `refused`.
 */
export class Ledger {
  private readonly charges = new Map<string, Charge>();
  private readonly chargeOfCapture = new Map<string, string>();
  private readonly appended: LedgerEntry[] = [];
  private readonly appendedOf = new Map<string, LedgerEntry[]>();

  authorize(
    request: Pick<LedgerEntry, 'reference' | 'amount' | 'currency' | 'willRefuse'>,
    stamp: Stamp,
    bank: Bank,
  ): LedgerEntry {
    return { ...stamp, operation: 'authorize', ...request, ...verdict(bank) };
  }

  /** @throws UnknownEntry */
  capture(authorizationId: string, amount: number, stamp: Stamp, bank?: Bank): LedgerEntry {
    const charge = this.charge(authorizationId);
    const refusal =
      openRefusal(charge) ?? exceeds(amount, charge.authorization, 'amount_exceeds_authorization');
    const said = bank ?? (charge.authorization.willRefuse === 'capture' ? 'capture_refused' : 'approves');
    return this.next('capture', authorizationId, charge, amount, stamp, refusal ?? said);
  }

  /** @throws UnknownEntry */
  void(authorizationId: string, stamp: Stamp, bank: Bank = 'approves'): LedgerEntry {
    const charge = this.charge(authorizationId);
    const { amount } = charge.authorization;
    return this.next('void', authorizationId, charge, amount, stamp, openRefusal(charge) ?? bank);
  }

  /** @throws UnknownEntry */
  refund(captureId: string, amount: number, stamp: Stamp, bank?: Bank): LedgerEntry {
    const charge = this.charge(this.chargeOfCapture.get(captureId) ?? captureId);
    if (charge.capture?.id !== captureId) throw new UnknownEntry(captureId);
    const refusal = exceeds(charge.refunded + amount, charge.capture, 'amount_exceeds_capture');
    const said = bank ?? (charge.authorization.willRefuse === 'refund' ? 'refund_refused' : 'approves');
    return this.next('refund', captureId, charge, amount, stamp, refusal ?? said);
  }

  /** Adds a decided entry, or one read back. */
  append(entry: LedgerEntry): void {
    this.appended.push(entry);
    const ofReference = this.appendedOf.get(entry.reference);
    if (ofReference) ofReference.push(entry);
    else this.appendedOf.set(entry.reference, [entry]);
    if (entry.operation === 'authorize') {
      this.charges.set(entry.id, { authorization: entry, voided: false, refunded: 0 });
    } else if (entry.status === 'approved') this.apply(entry);
  }

  /** All entries, or those of one order, oldest first. */
  entries(reference?: string): readonly LedgerEntry[] {
    return reference === undefined ? this.appended : (this.appendedOf.get(reference) ?? []);
  }

  /** The order that an authorization or a capture is for. @throws UnknownEntry */
  referenceOf(id: string): string {
    return this.charge(this.chargeOfCapture.get(id) ?? id).authorization.reference;
  }

  private apply(entry: LedgerEntry): void {
    const id = this.chargeOfCapture.get(entry.of ?? '') ?? entry.of ?? '';
    const charge = this.charge(id);
    if (entry.operation === 'capture') this.chargeOfCapture.set(entry.id, id);
    this.charges.set(id, {
      ...charge,
      ...(entry.operation === 'capture' && { capture: entry }),
      ...(entry.operation === 'void' && { voided: true }),
      ...(entry.operation === 'refund' && { refunded: charge.refunded + entry.amount }),
    });
  }

  private charge(authorizationId: string): Charge {
    const charge = this.charges.get(authorizationId);
    if (!charge) throw new UnknownEntry(authorizationId);
    return charge;
  }

  private next(
    operation: Operation,
    of: string,
    { authorization: { reference, currency } }: Charge,
    amount: number,
    stamp: Stamp,
    bank: Bank,
  ): LedgerEntry {
    return { ...stamp, operation, of, reference, amount, currency, ...verdict(bank) };
  }
}

function openRefusal(charge: Charge): Refusal | undefined {
  if (charge.authorization.status === 'refused') return 'not_authorized';
  if (charge.capture) return 'already_captured';
  return charge.voided ? 'already_voided' : undefined;
}

function exceeds(amount: number, { amount: limit }: LedgerEntry, refusal: Refusal): Refusal | undefined {
  return amount > limit ? refusal : undefined;
}

function verdict(bank: Bank): Pick<LedgerEntry, 'status' | 'reason'> {
  return bank === 'approves' ? { status: 'approved' } : { status: 'refused', reason: bank };
}
