import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { hitFailpoint } from '#failpoints';
import { Batcher, WakeableSleep } from '#concurrency';
import { type Database } from '#database';
import { isPermanent } from '#messaging';
import { type Log } from '#observability';
import type { Outbox } from '#outbox';
import {
  OutcomeUnknownError,
  type PaymentGateway,
  RequestRejectedError,
} from '../gateways/payment-gateway.js';
import {
  type LeasedOperation,
  leaseOperations,
  reschedule,
  park,
} from '../persistence/gateway-operations.js';
import { operationsAttempted } from './gateway-diagnostics.js';
import type { GatewayQueue } from './gateway-queue.js';
import { type OperationResponse, applyResponses } from './apply-responses.js';

const POLL_MS = 500;
const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 30_000;
/**
 * How often a request is made that the gateway takes for a mistake, or whose answer contradicts our books. More than
 * once, since a gateway that is being deployed may answer 404 to everything; not for ever, since nothing would change.
 */
const PERMANENT_FAILURE_ATTEMPTS_MAX = 5;

/**
 * Asks the gateway what has been decided to ask, outside any transaction. Every question is an intent in the database
 * first and is asked until its answer is known, always under the same key; so a crash at any point, here or there,
 * neither forgets an operation nor does one twice. Every replica may run one: an operation is leased to one of them.
 *
 * Most operations come through the queue, leased from the start. What it looks for in the database is the rest: what
 * found no room, what is to be asked again, and what a process has left behind.
 */
export class GatewayDispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly pollSleep = new WakeableSleep();
  private readonly responseBatcher: Batcher<OperationResponse, undefined>;
  private running: Promise<void> = Promise.resolve();
  private isStopping = false;

  constructor(
    private readonly database: Database,
    outbox: Outbox,
    private readonly queue: GatewayQueue,
    private readonly gateway: PaymentGateway,
    private readonly log: Log,
  ) {
    queue.start(
      (operation, onResponse) => this.send(operation, onResponse),
      () => this.wake(),
    );
    this.responseBatcher = new Batcher({
      run: async (onResponse) => {
        await database.transaction((tx) => applyResponses(tx, outbox, queue, onResponse));
        operationsAttempted.publish(onResponse);
        return onResponse.map(() => undefined);
      },
      batchSizeMax: Number.POSITIVE_INFINITY, // the queue bounds what can be answered
      queueSizeMax: Number.POSITIVE_INFINITY,
      concurrency: 1,
    });
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Takes nothing more, and waits until what it has taken is answered and stored, or put off. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    this.queue.close();
    this.wake();
    await this.running;
    this.gateway.close();
  }

  /** There is something new that is due. */
  wake(): void {
    this.pollSleep.wake();
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      const leased = await this.lease().catch((error: unknown) => {
        this.log.warn({ err: error }, 'gateway operations could not be leased; retrying');
        return 0;
      });
      if (leased === 0) await this.pollSleep.sleep(POLL_MS);
    }
    while (!this.queue.isIdle) await this.pollSleep.sleep(POLL_MS);
  }

  private lease(): Promise<number> {
    const { database, queue } = this;
    return queue.fill((limit) => leaseOperations(database, limit, queue.leaseMs));
  }

  private async send(operation: LeasedOperation, onResponse: () => void): Promise<void> {
    try {
      const response = await this.gateway.send(operation);
      onResponse();
      hitFailpoint('payment.after-gateway-response');
      await this.responseBatcher.submit({ operation, response });
    } catch (error) {
      await this.retryLater(operation, error);
    }
  }

  private async retryLater(operation: LeasedOperation, error: unknown): Promise<void> {
    operationsAttempted.publish([{ operation }]);
    const { idempotencyKey, attempts, orderId } = operation;
    const isPermanentFailure = error instanceof RequestRejectedError || isPermanent(error);
    if (isPermanentFailure && attempts >= PERMANENT_FAILURE_ATTEMPTS_MAX) return this.park(operation, error);
    const retryMs = Math.min(BACKOFF_MIN_MS * 2 ** Math.min(attempts - 1, 10), BACKOFF_MAX_MS);
    const fields = { err: error, orderId, idempotencyKey, attempts, retryMs };
    if (error instanceof OutcomeUnknownError) this.log.warn(fields, 'gateway outcome unknown; retrying');
    else if (isPermanentFailure) this.log.warn(fields, 'the gateway rejected the request; retrying');
    else this.log.error(fields, 'the gateway response could not be stored; retrying');
    await reschedule(this.database, operation, retryMs, errorMessage(error)).catch((err: unknown) => {
      this.log.warn({ err, idempotencyKey }, 'operation not rescheduled; its lease will expire');
    });
  }

  private async park(operation: LeasedOperation, error: unknown): Promise<void> {
    const { idempotencyKey, attempts, orderId } = operation;
    try {
      await park(this.database, operation, errorMessage(error));
      const fields = { err: error, orderId, idempotencyKey, attempts };
      this.log.error(fields, 'gateway operation parked; an operator must release it');
    } catch (err) {
      this.log.warn({ err, idempotencyKey }, 'operation not parked; its lease will expire');
    }
  }
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
