import type { Transaction } from '#database';
import { addOperations, type LeasedOperation, type NewOperation } from '../persistence/gateway-operations.js';

export interface GatewayDispatcherOptions {
  /** Operations asked at once. */
  readonly concurrency: number;
  /** How many more may wait here for their turn. What has waited for as long as one question may take is given up. */
  readonly queueSizeMax: number;
  /** Longest one question to the gateway may take, in ms. */
  readonly timeoutMs: number;
}

/** Asks the gateway, and stores what it says. Calls `answered` in between. Must not reject. */
type Send = (operation: LeasedOperation, onResponse: () => void) => Promise<void>;

/** How long an answer may take to be stored before somebody else asks again, which costs a request and nothing more. */
const STORE_TIMEOUT_MS = 5_000;

interface CapacityReservation {
  /** How many operations there will be room for. */
  readonly count: number;
  /** By `performance.now()`: until then the leases made under it last long enough to ask. */
  readonly sendBefore: number;
}

/**
 * What this process has leased of the gateway's operations: those that wait for their turn, those it is asking, those
 * whose answer is being stored, and room promised to transactions that have not ended.
 *
 * An intent that finds room is leased in the very transaction that adds it and asked right after the commit, so that
 * nobody has to look for it. One that finds none is due in the database, for whichever process has room first, and later
 * ones queue up behind it until a look has found no more than there is room for. Of a crash, or of a commit whose
 * outcome is unknown, a lease is left that runs out.
 */
export class GatewayQueue {
  /** What one lease lasts: a turn to wait for, a turn of its own, and the storing of the answer. */
  readonly leaseMs: number;
  private readonly waiting: { readonly operation: LeasedOperation; readonly sendBefore: number }[] = [];
  private sending = 0;
  private storing = 0;
  private reserved = 0;
  private isClosed = false;
  /** The database has, or had, more than there is room for. */
  private isOverflowing = false;
  /** Something has been added to what is due in the database since a look at it began. */
  private hasNewDue = false;
  private send: Send = () => Promise.resolve();
  private wake: () => void = () => {};

  constructor(private readonly options: GatewayDispatcherOptions) {
    this.leaseMs = 2 * options.timeoutMs + STORE_TIMEOUT_MS;
  }

  /** Says who asks, and whom to wake: when something is due and there is room for it, and when a closed queue is idle. */
  start(send: Send, wake: () => void): void {
    this.send = send;
    this.wake = wake;
  }

  /** Stores what is to be asked, in the transaction that has decided it, and has it asked when that has committed. */
  async add(tx: Transaction, operations: readonly NewOperation[]): Promise<void> {
    if (operations.length === 0) return;
    const reservation = this.reserve(this.isOverflowing ? 0 : operations.length);
    if (reservation.count < operations.length) this.isOverflowing = true;
    tx.onRollback(() => this.fulfil(reservation, []));
    const leased = await addOperations(tx, operations, {
      leasedCount: reservation.count,
      leaseMs: this.leaseMs,
    });
    tx.onCommit(() => {
      if (leased.length < operations.length) this.hasNewDue = true;
      this.fulfil(reservation, leased);
    });
  }

  /** Fills what room there is by `lease`, which is told how much there is. Resolves to how many operations it got. */
  async fill(lease: (limit: number) => Promise<readonly LeasedOperation[]>): Promise<number> {
    const reservation = this.reserve(Number.POSITIVE_INFINITY);
    if (reservation.count === 0) return 0;
    let leased: readonly LeasedOperation[] = [];
    this.hasNewDue = false;
    try {
      leased = await lease(reservation.count);
      this.isOverflowing = leased.length === reservation.count;
      return leased.length;
    } finally {
      this.fulfil(reservation, leased);
    }
  }

  /** Takes nothing more. What it has is still asked: wait until it is {@link idle}. */
  close(): void {
    this.isClosed = true;
  }

  get isIdle(): boolean {
    return this.inUse === 0;
  }

  private get inUse(): number {
    return this.waiting.length + this.sending + this.storing + this.reserved;
  }

  private reserve(requested: number): CapacityReservation {
    const { concurrency, queueSizeMax, timeoutMs } = this.options;
    const capacity = this.isClosed ? 0 : concurrency + queueSizeMax - this.inUse;
    const count = Math.max(0, Math.min(capacity, requested));
    this.reserved += count;
    return { count, sendBefore: performance.now() + this.leaseMs - STORE_TIMEOUT_MS - timeoutMs };
  }

  private fulfil({ count, sendBefore }: CapacityReservation, leased: readonly LeasedOperation[]): void {
    this.reserved -= count;
    for (const operation of leased) this.waiting.push({ operation, sendBefore });
    this.dispatch();
  }

  private dispatch(): void {
    this.sendNext();
    const shouldLease = (this.isOverflowing || this.hasNewDue) && this.waiting.length === 0;
    if (shouldLease || (this.isClosed && this.isIdle)) this.wake();
  }

  private sendNext(): void {
    while (this.sending < this.options.concurrency && this.waiting.length > 0) {
      const { operation, sendBefore } = this.waiting.shift()!;
      // Too late to be sure that nobody else asks meanwhile; somebody will, when the lease has run out.
      if (sendBefore >= performance.now()) void this.sendNow(operation);
    }
  }

  /** Others may ask as soon as the gateway has answered: what the database then needs is no matter of its. */
  private async sendNow(operation: LeasedOperation): Promise<void> {
    let hasResponse = false;
    const onResponse = (): void => {
      if (hasResponse) return;
      hasResponse = true;
      this.sending -= 1;
      this.storing += 1;
      this.sendNext();
    };
    this.sending += 1;
    await this.send(operation, onResponse);
    onResponse();
    this.storing -= 1;
    this.dispatch();
  }
}
