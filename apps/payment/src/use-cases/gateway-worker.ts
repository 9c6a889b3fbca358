import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { crashPoint } from '#crash-points';
import { Batcher, type Database } from '#database';
import { Alarm, isPermanent, type MessagingLog } from '#messaging';
import type { Outbox } from '#outbox';
import { OutcomeUnknown, type PaymentGateway, RequestRejected } from '../gateways/payment-gateway.js';
import {
  type LeasedOperation,
  leaseOperations,
  putOff,
  setAside,
} from '../persistence/gateway-operations.js';
import { type Answered, settleAnswers } from './settle-answers.js';

export interface GatewayWorkerOptions {
  /** Operations asked at once. */
  readonly concurrency: number;
  /** Longest one question to the gateway may take, in ms; a lease lasts longer than that. */
  readonly timeoutMs: number;
  readonly batchSizeMax: number;
}

const POLL_MS = 500;
const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 30_000;
/**
 * How often a request is made that the gateway takes for a mistake, or whose answer contradicts our books. More than
 * once, since a gateway that is being deployed may answer 404 to everything; not for ever, since nothing would change.
 */
const HOPELESS_ATTEMPTS_MAX = 5;
/** How long an answer may take to be stored before somebody else asks again, which costs a request and nothing more. */
const SETTLING_MS = 5_000;

/**
 * Asks the gateway what has been decided to ask, outside any transaction. Every question is an intent in the database
 * first and is asked until its answer is known, always under the same key; so a crash at any point, here or there,
 * neither forgets an operation nor does one twice. Every replica may run one: an operation is leased to one of them.
 */
export class GatewayWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly alarm = new Alarm();
  private readonly settling: Batcher<Answered, undefined>;
  private readonly underWay = new Set<Promise<void>>();
  private running: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly database: Database,
    outbox: Outbox,
    private readonly gateway: PaymentGateway,
    private readonly log: MessagingLog,
    private readonly options: GatewayWorkerOptions,
  ) {
    this.settling = new Batcher({
      run: async (answered) => {
        await database.transaction((tx) => settleAnswers(tx, outbox, answered));
        return answered.map(() => undefined);
      },
      batchSizeMax: options.batchSizeMax,
      waitingMax: Number.POSITIVE_INFINITY, // bounded by `concurrency`
      concurrency: 1,
    });
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Asks no more, and waits for what is being asked. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.running;
    await Promise.all(this.underWay);
    this.gateway.close();
  }

  /** There is something new to ask. */
  wake(): void {
    this.alarm.ring();
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const started = await this.startDue().catch((error: unknown) => {
        this.log.warn({ err: error }, 'gateway operations could not be read; trying again');
        return 0;
      });
      if (started === 0) await this.alarm.sleep(POLL_MS);
    }
  }

  /** Leases what is due, as far as there is room, and begins to ask. */
  private async startDue(): Promise<number> {
    const room = this.options.concurrency - this.underWay.size;
    if (room <= 0) {
      await Promise.race(this.underWay);
      return 1;
    }
    const leased = await leaseOperations(this.database, room, this.options.timeoutMs + SETTLING_MS);
    for (const operation of leased) {
      const asking = this.ask(operation).finally(() => this.underWay.delete(asking));
      this.underWay.add(asking);
    }
    return leased.length;
  }

  private async ask(operation: LeasedOperation): Promise<void> {
    try {
      const answer = await this.gateway.ask(operation);
      crashPoint('payment: after the gateway answered, before commit');
      await this.settling.submit({ operation, answer });
      this.wake();
    } catch (error) {
      await this.askLater(operation, error);
    }
  }

  private async askLater(operation: LeasedOperation, error: unknown): Promise<void> {
    const { idempotencyKey, attempts, orderId } = operation;
    const isHopeless = error instanceof RequestRejected || isPermanent(error);
    if (isHopeless && attempts >= HOPELESS_ATTEMPTS_MAX) return this.setAside(operation, error);
    const retryMs = Math.min(BACKOFF_MIN_MS * 2 ** Math.min(attempts - 1, 10), BACKOFF_MAX_MS);
    const fields = { err: error, orderId, idempotencyKey, attempts, retryMs };
    if (error instanceof OutcomeUnknown) this.log.warn(fields, 'outcome unknown; asking the gateway again');
    else if (isHopeless) this.log.warn(fields, 'the gateway takes no such request; asking a few times more');
    else this.log.error(fields, 'the answer could not be stored; asking the gateway again');
    await putOff(this.database, idempotencyKey, retryMs, messageOf(error)).catch((err: unknown) => {
      this.log.warn({ err, idempotencyKey }, 'not put off; the lease will run out');
    });
  }

  private async setAside(
    { idempotencyKey, attempts, orderId }: LeasedOperation,
    error: unknown,
  ): Promise<void> {
    try {
      await setAside(this.database, idempotencyKey, messageOf(error));
      const fields = { err: error, orderId, idempotencyKey, attempts };
      this.log.error(fields, 'gateway operation set aside: an operator must look');
    } catch (err) {
      this.log.warn({ err, idempotencyKey }, 'not set aside; the lease will run out');
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
