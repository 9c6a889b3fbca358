import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { crashPoint } from '#failpoints';
import { Batcher, Alarm } from '#concurrency';
import { type Database } from '#database';
import { isPermanent } from '#messaging';
import { type MessagingLog } from '#observability';
import type { Outbox } from '#outbox';
import { OutcomeUnknown, type PaymentGateway, RequestRejected } from '../gateways/payment-gateway.js';
import {
  type LeasedOperation,
  leaseOperations,
  putOff,
  setAside,
} from '../persistence/gateway-operations.js';
import { answersSettled } from './gateway-signals.js';
import type { GatewayQueue } from './gateway-queue.js';
import { type Answered, settleAnswers } from './settle-answers.js';

const POLL_MS = 500;
const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 30_000;
/**
 * How often a request is made that the gateway takes for a mistake, or whose answer contradicts our books. More than
 * once, since a gateway that is being deployed may answer 404 to everything; not for ever, since nothing would change.
 */
const HOPELESS_ATTEMPTS_MAX = 5;

/**
 * Asks the gateway what has been decided to ask, outside any transaction. Every question is an intent in the database
 * first and is asked until its answer is known, always under the same key; so a crash at any point, here or there,
 * neither forgets an operation nor does one twice. Every replica may run one: an operation is leased to one of them.
 *
 * Most operations come through the queue, leased from the start. What it looks for in the database is the rest: what
 * found no room, what is to be asked again, and what a process has left behind.
 */
export class GatewayWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly alarm = new Alarm();
  private readonly settling: Batcher<Answered, undefined>;
  private running: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly database: Database,
    outbox: Outbox,
    private readonly queue: GatewayQueue,
    private readonly gateway: PaymentGateway,
    private readonly log: MessagingLog,
  ) {
    queue.serve(
      (operation, answered) => this.ask(operation, answered),
      () => this.wake(),
    );
    this.settling = new Batcher({
      run: async (answered) => {
        await database.transaction((tx) => settleAnswers(tx, outbox, queue, answered));
        answersSettled.send(answered);
        return answered.map(() => undefined);
      },
      batchSizeMax: Number.POSITIVE_INFINITY, // the queue bounds what can be answered
      waitingMax: Number.POSITIVE_INFINITY,
      concurrency: 1,
    });
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Takes nothing more, and waits until what it has taken is answered and stored, or put off. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    this.queue.close();
    this.wake();
    await this.running;
    this.gateway.close();
  }

  /** There is something new that is due. */
  wake(): void {
    this.alarm.ring();
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const leased = await this.lease().catch((error: unknown) => {
        this.log.warn({ err: error }, 'gateway operations could not be read; trying again');
        return 0;
      });
      if (leased === 0) await this.alarm.sleep(POLL_MS);
    }
    while (!this.queue.idle) await this.alarm.sleep(POLL_MS);
  }

  private lease(): Promise<number> {
    const { database, queue } = this;
    return queue.fill((limit) => leaseOperations(database, limit, queue.leaseMs));
  }

  private async ask(operation: LeasedOperation, answered: () => void): Promise<void> {
    try {
      const answer = await this.gateway.ask(operation);
      answered();
      crashPoint('payment: after the gateway answered, before commit');
      await this.settling.submit({ operation, answer });
    } catch (error) {
      await this.askLater(operation, error);
    }
  }

  private async askLater(operation: LeasedOperation, error: unknown): Promise<void> {
    answersSettled.send([{ operation }]);
    const { idempotencyKey, attempts, orderId } = operation;
    const isHopeless = error instanceof RequestRejected || isPermanent(error);
    if (isHopeless && attempts >= HOPELESS_ATTEMPTS_MAX) return this.setAside(operation, error);
    const retryMs = Math.min(BACKOFF_MIN_MS * 2 ** Math.min(attempts - 1, 10), BACKOFF_MAX_MS);
    const fields = { err: error, orderId, idempotencyKey, attempts, retryMs };
    if (error instanceof OutcomeUnknown) this.log.warn(fields, 'outcome unknown; asking the gateway again');
    else if (isHopeless) this.log.warn(fields, 'the gateway takes no such request; asking a few times more');
    else this.log.error(fields, 'the answer could not be stored; asking the gateway again');
    await putOff(this.database, operation, retryMs, messageOf(error)).catch((err: unknown) => {
      this.log.warn({ err, idempotencyKey }, 'not put off; the lease will run out');
    });
  }

  private async setAside(operation: LeasedOperation, error: unknown): Promise<void> {
    const { idempotencyKey, attempts, orderId } = operation;
    try {
      await setAside(this.database, operation, messageOf(error));
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
