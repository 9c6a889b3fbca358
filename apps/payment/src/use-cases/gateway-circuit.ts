import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import type { Log } from '#observability';
import { OutcomeUnknownError, RequestRejectedError } from '../gateways/payment-gateway.js';

export interface GatewayCircuitOptions {
  /** Failures in a row that open the circuit. Required. */
  readonly failuresMax: number;
  /** Pause of an open circuit before the next probe, in ms. Required. */
  readonly openMs: number;
}

/**
 * The circuit breaker in front of the gateway. It opens after `failuresMax` failed requests in a row, of any operation,
 * then lets one request through every `openMs`; the first success closes it. A refusal by the bank is a success.
 *
 * cockatiel's breaker decides when a request is executed. `GatewayDispatcher` leases operations before that: it
 * asks {@link requestsMax} first, so an open circuit leases none.
 */
export class GatewayCircuit {
  private readonly openMs: number;
  private readonly policy;
  private openedAt = 0;
  private openSince: number | undefined;
  private lastError = '';

  constructor(
    { failuresMax, openMs }: GatewayCircuitOptions,
    private readonly log: Log,
  ) {
    this.openMs = openMs;
    this.policy = circuitBreaker(
      handleWhen((error) => error instanceof OutcomeUnknownError || error instanceof RequestRejectedError),
      { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failuresMax) },
    );
    this.policy.onBreak((reason) => this.onOpen('error' in reason ? reason.error : undefined));
    this.policy.onReset(() => this.onClosed());
  }

  /** Whether requests are paused: true from the opening until a probe succeeds. */
  get isOpen(): boolean {
    return this.openSince !== undefined;
  }

  /** Whether the next request is the one that probes the gateway. */
  get isProbeDue(): boolean {
    return this.policy.state === CircuitState.Open && Date.now() - this.openedAt >= this.openMs;
  }

  /** Most requests to start now: `capacity` while closed; 1 for a probe; 0 while open or while a probe is in progress. */
  requestsMax(capacity: number): number {
    if (this.policy.state === CircuitState.Closed) return capacity;
    return this.isProbeDue ? Math.min(1, capacity) : 0;
  }

  /** Sends one request that {@link requestsMax} allowed, and counts its result. */
  execute<Response>(request: () => Promise<Response>): Promise<Response> {
    return this.policy.execute(request);
  }

  /** Calls `listener` whenever the circuit closes. */
  onClose(listener: () => void): void {
    this.policy.onReset(listener);
  }

  /** The alarm's text; undefined while closed. */
  describe(): string | undefined {
    if (this.openSince === undefined) return undefined;
    const seconds = Math.round((Date.now() - this.openSince) / 1_000);
    return `circuit open for ${seconds} s: ${this.lastError}`;
  }

  private onOpen(error: Error | undefined): void {
    this.openedAt = Date.now();
    this.lastError = error?.message ?? 'unknown';
    if (this.openSince !== undefined) return; // a failed probe
    this.openSince = this.openedAt;
    this.log.warn({ err: error, openMs: this.openMs }, 'gateway circuit opened; requests paused');
  }

  private onClosed(): void {
    const openForMs = Date.now() - (this.openSince ?? Date.now());
    this.openSince = undefined;
    this.log.info({ openForMs }, 'gateway circuit closed; requests resumed');
  }
}
