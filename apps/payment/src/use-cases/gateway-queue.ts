import type { Transaction } from '#database';
import { addIntents, type LeasedOperation, type PaymentIntent } from '../persistence/gateway-operations.js';

export interface GatewayQueueOptions {
  /** Operations asked at once. */
  readonly concurrency: number;
  /** How many more may wait here for their turn. What has waited for as long as one question may take is given up. */
  readonly waitingMax: number;
  /** Longest one question to the gateway may take, in ms. */
  readonly timeoutMs: number;
}

/** Asks the gateway, and stores what it says. Calls `answered` in between. Must not reject. */
type Ask = (operation: LeasedOperation, answered: () => void) => Promise<void>;

/** How long an answer may take to be stored before somebody else asks again, which costs a request and nothing more. */
const SETTLING_MS = 5_000;

interface RoomPromise {
  /** How many operations there will be room for. */
  readonly count: number;
  /** By `performance.now()`: until then the leases made under it last long enough to ask. */
  readonly askBefore: number;
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
  private readonly waiting: { readonly operation: LeasedOperation; readonly askBefore: number }[] = [];
  private asking = 0;
  private storing = 0;
  private promised = 0;
  private closed = false;
  /** The database has, or had, more than there is room for. */
  private overflows = false;
  /** Something has been added to what is due in the database since a look at it began. */
  private othersAreDue = false;
  private ask: Ask = () => Promise.resolve();
  private wake: () => void = () => {};

  constructor(private readonly options: GatewayQueueOptions) {
    this.leaseMs = 2 * options.timeoutMs + SETTLING_MS;
  }

  /** Says who asks, and whom to wake: when something is due and there is room for it, and when a closed queue is idle. */
  serve(ask: Ask, wake: () => void): void {
    this.ask = ask;
    this.wake = wake;
  }

  /** Stores what is to be asked, in the transaction that has decided it, and has it asked when that has committed. */
  async add(tx: Transaction, intents: readonly PaymentIntent[]): Promise<void> {
    if (intents.length === 0) return;
    const promise = this.promise(this.overflows ? 0 : intents.length);
    if (promise.count < intents.length) this.overflows = true;
    tx.onRollback(() => this.keep(promise, []));
    const leased = await addIntents(tx, intents, { leasedCount: promise.count, leaseMs: this.leaseMs });
    tx.onCommit(() => {
      if (leased.length < intents.length) this.othersAreDue = true;
      this.keep(promise, leased);
    });
  }

  /** Fills what room there is by `lease`, which is told how much there is. Resolves to how many operations it got. */
  async fill(lease: (limit: number) => Promise<readonly LeasedOperation[]>): Promise<number> {
    const promise = this.promise(Number.POSITIVE_INFINITY);
    if (promise.count === 0) return 0;
    let leased: readonly LeasedOperation[] = [];
    this.othersAreDue = false;
    try {
      leased = await lease(promise.count);
      this.overflows = leased.length === promise.count;
      return leased.length;
    } finally {
      this.keep(promise, leased);
    }
  }

  /** Takes nothing more. What it has is still asked: wait until it is {@link idle}. */
  close(): void {
    this.closed = true;
  }

  get idle(): boolean {
    return this.taken === 0;
  }

  private get taken(): number {
    return this.waiting.length + this.asking + this.storing + this.promised;
  }

  private promise(wanted: number): RoomPromise {
    const { concurrency, waitingMax, timeoutMs } = this.options;
    const room = this.closed ? 0 : concurrency + waitingMax - this.taken;
    const count = Math.max(0, Math.min(room, wanted));
    this.promised += count;
    return { count, askBefore: performance.now() + this.leaseMs - SETTLING_MS - timeoutMs };
  }

  private keep({ count, askBefore }: RoomPromise, leased: readonly LeasedOperation[]): void {
    this.promised -= count;
    for (const operation of leased) this.waiting.push({ operation, askBefore });
    this.goOn();
  }

  private goOn(): void {
    this.askNext();
    const isWorthALook = (this.overflows || this.othersAreDue) && this.waiting.length === 0;
    if (isWorthALook || (this.closed && this.idle)) this.wake();
  }

  private askNext(): void {
    while (this.asking < this.options.concurrency && this.waiting.length > 0) {
      const { operation, askBefore } = this.waiting.shift()!;
      // Too late to be sure that nobody else asks meanwhile; somebody will, when the lease has run out.
      if (askBefore >= performance.now()) void this.askNow(operation);
    }
  }

  /** Others may ask as soon as the gateway has answered: what the database then needs is no matter of its. */
  private async askNow(operation: LeasedOperation): Promise<void> {
    let isAnswered = false;
    const answered = (): void => {
      if (isAnswered) return;
      isAnswered = true;
      this.asking -= 1;
      this.storing += 1;
      this.askNext();
    };
    this.asking += 1;
    await this.ask(operation, answered);
    answered();
    this.storing -= 1;
    this.goOn();
  }
}
