import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { hitFailpoint } from '#failpoints';
import { BackgroundLoop, Batcher } from '#concurrency';
import { type Database, isPermanent, type Transaction } from '#database';
import type { Log } from '#observability';
import type { Outbox } from '#outbox';
import { decideOnFailure, type Failure, type ParkCause } from '../domain/failed-attempt.js';
import type { Operation } from '../domain/payment-table.js';
import type { GatewayResponse } from '../domain/payment.js';
import {
  OutcomeUnknownError,
  type PaymentGateway,
  RequestRejectedError,
  UnverifiedOperationError,
} from '../gateways/payment-gateway.js';
import {
  addOperations,
  type LeasedOperation,
  leaseOperations,
  leaseProbe,
  type NewOperation,
  park,
  reschedule,
  returnLeases,
} from '../persistence/gateway-operations.js';
import { applyResponses, type OperationResponse } from './apply-responses.js';
import type { GatewayCircuit } from './gateway-circuit.js';
import { operationsAttempted } from './gateway-diagnostics.js';
import { sendTraced } from './gateway-spans.js';

export interface GatewayDispatcherOptions {
  /** Most requests in progress at once in this process. As many responses may be waiting to be stored. Required. */
  readonly concurrency: number;
  /** Longest duration of one request to the gateway, in ms. Required. */
  readonly timeoutMs: number;
  /** Age of an operation's first rejection at which it is parked, also while no other succeeds, in ms. Required. */
  readonly parkAfterMs: number;
  /** How long the gateway remembers an idempotency key from its first request on, in ms. Required. */
  readonly keyRetentionMs: number;
  /** Which operations are looked up before they are sent; `none`: those with an older key are parked. Required. */
  readonly lookup: 'none' | 'old-keys' | 'always';
  /** Pauses requests while the gateway fails all of them. Required. */
  readonly circuit: GatewayCircuit;
}

/** Finds operations that another process added, rescheduled or left leased in a crash. */
const POLL_MS = 500;
/** Share of a lease, in ms, that is left for the lease's own round trip and for storing the response. */
const LEASE_SLACK_MS = 5_000;
/** Longest lookup that is followed by a request under the same lease, in ms. */
const LOOKUP_MAX_MS = 2_500;

const failureMessages: Readonly<Record<Failure, string>> = {
  unknown: 'gateway outcome unknown; retrying',
  rejected: 'the gateway rejected the request; retrying',
  unverified: 'the operation may have been executed under a forgotten key',
  contradiction: 'the gateway response contradicts the payment; retrying',
  unstored: 'the gateway response could not be stored; retrying',
};

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
  /** When the gateway last approved or refused an operation of a kind, by `performance.now()`. */
  private readonly succeededAt = new Map<Operation, number>();

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
    options.circuit.onClose(() => this.wake());
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
    const { circuit } = this.options;
    const limit = circuit.requestsMax(capacity);
    if (limit === 0) return POLL_MS;
    const startedAt = performance.now();
    const operations = circuit.isOpen
      ? await leaseProbe(this.database, this.leaseMs)
      : await leaseOperations(this.database, limit, this.leaseMs);
    // A request sent now could outlast its lease. The operations are due again when their leases expire.
    if (performance.now() - startedAt > LEASE_SLACK_MS) return POLL_MS;
    // Failures of earlier requests may have opened the circuit during the lease.
    if (circuit.requestsMax(operations.length) < operations.length) {
      await returnLeases(this.database, operations);
      return POLL_MS;
    }
    for (const operation of operations) this.start(operation);
    return operations.length === capacity ? 0 : POLL_MS;
  }

  private start(operation: LeasedOperation): void {
    const finished = this.send(operation, performance.now()).then(() => {
      this.inProgress.delete(finished);
      if (this.isSaturated) this.wake();
    });
    this.inProgress.add(finished);
  }

  /** Never rejects. */
  private async send(operation: LeasedOperation, leasedAt: number): Promise<void> {
    const startedAt = performance.now();
    let seconds = 0;
    try {
      this.requestsInProgress += 1;
      const answered = await this.options.circuit
        .execute(() => sendTraced(operation, (traced) => this.request(traced)))
        .finally(() => {
          this.requestsInProgress -= 1;
          seconds = (performance.now() - startedAt) / 1_000;
        });
      this.succeededAt.set(operation.operation, performance.now());
      hitFailpoint('payment.after-gateway-response');
      await this.responseBatcher.submit({ ...answered, seconds });
    } catch (error) {
      operationsAttempted.publish([{ operation, seconds }]);
      await this.handleFailure(operation, leasedAt, error);
    }
  }

  /**
   * Sends an operation. The gateway executes a key that it has forgotten a second time, so an old key is looked up first,
   * and sent only when the gateway has no record of the operation.
   */
  private async request(operation: LeasedOperation): Promise<GatewayResponse> {
    const { keyRetentionMs, lookup } = this.options;
    // The request may arrive as late as its lease ends.
    const keyAgeMaxMs = Math.max(keyRetentionMs - this.leaseMs, keyRetentionMs / 2);
    if (lookup !== 'always' && operation.keyAgeMs < keyAgeMaxMs) return this.gateway.send(operation);
    if (lookup === 'none')
      throw new UnverifiedOperationError('the gateway may have forgotten the idempotency key');
    const startedAt = performance.now();
    const response = await this.gateway.find(operation);
    if (response) return response;
    if (performance.now() - startedAt > LOOKUP_MAX_MS) throw new OutcomeUnknownError('the lookup was slow');
    return this.gateway.send(operation);
  }

  private async store(responses: readonly OperationResponse[]): Promise<undefined[]> {
    await this.database.transaction(async (tx) => {
      const operations = await applyResponses(tx, this.outbox, responses);
      tx.sendWithCommit(this.add(tx, operations));
    });
    operationsAttempted.publish(responses);
    return responses.map(() => undefined);
  }

  private async handleFailure(operation: LeasedOperation, leasedAt: number, error: unknown): Promise<void> {
    const failure = toFailure(error);
    const previousRejectionAt = leasedAt - (operation.sinceRejectedMs ?? 0);
    const hasOthersSucceeded = (this.succeededAt.get(operation.operation) ?? -Infinity) > previousRejectionAt;
    const decision = decideOnFailure(failure, operation, hasOthersSucceeded, this.options.parkAfterMs);
    if (decision.action === 'park') return this.park(operation, decision.cause, error);
    const { idempotencyKey, attempts, orderId } = operation;
    const { delayMs, isCounted } = decision;
    const fields = { err: error, orderId, idempotencyKey, attempts, retryMs: delayMs };
    this.log[failure === 'unstored' ? 'error' : 'warn'](fields, failureMessages[failure]);
    const isRejection = failure === 'rejected' || failure === 'contradiction';
    const retry = { delayMs, error: errorMessage(error), isRejection, isCounted };
    await reschedule(this.database, operation, retry).catch((err: unknown) => {
      this.log.warn({ err, idempotencyKey }, 'operation not rescheduled; its lease will expire');
    });
  }

  private async park(operation: LeasedOperation, cause: ParkCause, error: unknown): Promise<void> {
    const { idempotencyKey, attempts, orderId } = operation;
    try {
      await park(this.database, operation, cause, errorMessage(error));
      const fields = { err: error, orderId, idempotencyKey, attempts, cause };
      this.log.error(fields, 'gateway operation parked; an operator must release it');
    } catch (err) {
      this.log.warn({ err, idempotencyKey }, 'operation not parked; its lease will expire');
    }
  }
}

function toFailure(error: unknown): Failure {
  if (error instanceof OutcomeUnknownError) return 'unknown';
  if (error instanceof RequestRejectedError) return 'rejected';
  if (error instanceof UnverifiedOperationError) return 'unverified';
  return isPermanent(error) ? 'contradiction' : 'unstored';
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
