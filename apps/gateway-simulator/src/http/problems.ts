import { ProblemException } from '#http';
import { KeyInFlightError, KeyReusedError } from '../domain/idempotency-keys.js';
import { UnknownEntryError } from '../domain/ledger.js';
import { LedgerFullError, SimulatedFailureError, SimulatedRejectionError } from '../use-cases/gateway.js';

/** Maps the gateway's errors to HTTP problems. @returns undefined for every other error */
export function gatewayProblem(error: unknown): ProblemException | undefined {
  if (error instanceof UnknownEntryError) {
    return new ProblemException({
      status: 404,
      type: 'unknown-entry',
      detail: `The ledger has no entry with this id: ${error.message}.`,
    });
  }
  if (error instanceof KeyReusedError) {
    return new ProblemException({
      status: 422,
      type: 'idempotency-key-reused',
      detail: 'This idempotency key was used for another request.',
      errors: [{ header: 'Idempotency-Key', detail: 'was used for another request' }],
    });
  }
  if (error instanceof KeyInFlightError) {
    return new ProblemException({
      status: 409,
      type: 'idempotency-key-in-flight',
      detail: 'A request with this idempotency key is in progress.',
      headers: { 'retry-after': '1' },
    });
  }
  if (error instanceof SimulatedFailureError) {
    return new ProblemException({
      status: 500,
      type: 'simulated-failure',
      detail: 'Mode `fail`: the gateway executed no operation.',
    });
  }
  if (error instanceof SimulatedRejectionError) {
    return new ProblemException({
      status: 422,
      type: 'simulated-rejection',
      detail: 'Mode `reject`: the gateway executed no operation.',
    });
  }
  if (error instanceof LedgerFullError) {
    return new ProblemException({
      status: 503,
      type: 'ledger-full',
      detail: 'The ledger has as many idempotency keys as KEYS_MAX allows.',
    });
  }
  return undefined;
}
