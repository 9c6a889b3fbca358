import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { hitFailpoint } from '#failpoints';
import { BackgroundLoop, Batcher } from '#concurrency';
import { type Database, isPermanent, type Transaction } from '#database';
import type { Log } from '#observability';
import type { Outbox } from '#outbox';
import {
  OutcomeUnknownError,
  type PaymentGateway,
  RequestRejectedError,
} from '../gateways/payment-gateway.js';
import {
  addOperations,
  type LeasedOperation,
  leaseOperations,
  type NewOperation,
  park,
  reschedule,
} from '../persistence/gateway-operations.js';
import { applyResponses, type OperationResponse } from './apply-responses.js';
import { operationsAttempted } from './gateway-diagnostics.js';

export interface GatewayDispatcherOptions {
  /** Most requests in progress at once in this process. As many responses may be waiting to be stored. Required. */
  readonly concurrency: number;
  /** Longest duration of one request to the gateway, in ms. Required. */
  readonly timeoutMs: number;
}

/** Finds operations that another process added, rescheduled or left leased in a crash. */
const POLL_MS = 500;
/** Share of a lease, in ms, that is left for the lease's own round trip and for storing the response. */
const LEASE_SLACK_MS = 5_000;
const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 30_000;
/**
 * Attempts before an operation is parked when the gateway rejects the request, or its response contradicts the payment.
 * More than one, because a gateway that is being deployed may respond to every request with 404.
 */
const PERMANENT_FAILURE_ATTEMPTS_MAX = 5;

/**
 * Sends operations to the gateway, outside any transaction. Every operation is a row first and is sent until its outcome
 * is known, always under the same idempotency key: a crash at any point neither loses an operation nor repeats one.
 *
 * Each replica runs one dispatcher. It leases due operations up to its free capacity: after each commit that adds some,
 * when a stored response frees some, and every 500 ms. A lease that its process does not finish expires, and any replica
 * leases the operation again. Idea: AWS Builders' Library, leader election by leases.
 */
export class GatewayDispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly leaseMs: number;
  /** Operations from their lease until the response is stored, or the operation is rescheduled or parked. */
  private readonly inProgress = new Set<Promise<void>>();
  private requestsInProgress = 0;
  private readonly loop: BackgroundLoop;
  private readonly responseBatcher: Batcher<OperationResponse, undefined>;
  /** The last round found no free capacity, so due operations may be waiting for some. */
  private isSaturated = false;

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly gateway: PaymentGateway,
    private readonly log: Log,
    private readonly options: GatewayDispatcherOptions,
  ) {
    this.leaseMs = options.timeoutMs + LEASE_SLACK_MS;
    this.loop = new BackgroundLoop({
      intervalMs: POLL_MS,
      runOnce: () => this.leaseAndSend(),
      log,
      failureMessage: 'gateway operations could not be leased; retrying',
    });
    this.responseBatcher = new Batcher({
      run: (responses) => this.store(responses),
      batchSizeMax: this.inProgressMax,
      queueSizeMax: this.inProgressMax,
      concurrency: 1,
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /** Stops leasing, and waits until every operation in progress has its response stored or is rescheduled. */
  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    await Promise.all(this.inProgress);
    this.gateway.close();
  }

  /** Adds operations in the transaction that decides on them. They are due, and leased soon after the commit. */
  async add(tx: Transaction, operations: readonly NewOperation[]): Promise<void> {
    if (operations.length === 0) return;
    tx.onCommit(() => this.wake());
    await addOperations(tx, operations);
  }

  /** Leases due operations now instead of at the next poll. */
  wake(): void {
    this.loop.wake();
  }

  private get inProgressMax(): number {
    return 2 * this.options.concurrency;
  }

  private get capacity(): number {
    return Math.min(
      this.options.concurrency - this.requestsInProgress,
      this.inProgressMax - this.inProgress.size,
    );
  }

  /** @returns the pause until the next round, in ms */
  private async leaseAndSend(): Promise<number> {
    await nextTurn(); // operations stored in one batch free their capacity in one turn of the event loop
    const { capacity } = this;
    this.isSaturated = capacity === 0;
    if (this.isSaturated) return POLL_MS;
    const startedAt = performance.now();
    const operations = await leaseOperations(this.database, capacity, this.leaseMs);
    // A request sent now could outlast its lease. The operations are due again when their leases expire.
    if (performance.now() - startedAt > LEASE_SLACK_MS) return POLL_MS;
    for (const operation of operations) this.start(operation);
    return operations.length === capacity ? 0 : POLL_MS;
  }

  private start(operation: LeasedOperation): void {
    const finished = this.send(operation).then(() => {
      this.inProgress.delete(finished);
      if (this.isSaturated) this.wake();
    });
    this.inProgress.add(finished);
  }

  /** Never rejects. */
  private async send(operation: LeasedOperation): Promise<void> {
    try {
      this.requestsInProgress += 1;
      const response = await this.gateway.send(operation).finally(() => (this.requestsInProgress -= 1));
      hitFailpoint('payment.after-gateway-response');
      await this.responseBatcher.submit({ operation, response });
    } catch (error) {
      await this.handleFailure(operation, error);
    }
  }

  private async store(responses: readonly OperationResponse[]): Promise<undefined[]> {
    await this.database.transaction(async (tx) => {
      const operations = await applyResponses(tx, this.outbox, responses);
      tx.sendWithCommit(this.add(tx, operations));
    });
    operationsAttempted.publish(responses);
    return responses.map(() => undefined);
  }

  private async handleFailure(operation: LeasedOperation, error: unknown): Promise<void> {
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
