import { ProblemException, type ProblemOptions } from '#http';
import { KeyInFlightError, KeyReusedError } from '../domain/idempotency-keys.js';
import { UnknownEntryError } from '../domain/ledger.js';
import { LedgerFullError, SimulatedFailureError, SimulatedRejectionError } from '../use-cases/gateway.js';

type ErrorClass = abstract new (...values: never[]) => Error;

const problems: readonly (readonly [ErrorClass, (error: Error) => ProblemOptions])[] = [
  [
    UnknownEntryError,
    ({ message }) => ({
      status: 404,
      type: 'unknown-entry',
      detail: `The ledger has no entry with this id: ${message}.`,
    }),
  ],
  [
    KeyReusedError,
    () => ({
      status: 422,
      type: 'idempotency-key-reused',
      detail: 'This idempotency key was used for another request.',
      errors: [{ header: 'Idempotency-Key', detail: 'was used for another request' }],
    }),
  ],
  [
    KeyInFlightError,
    () => ({
      status: 409,
      type: 'idempotency-key-in-flight',
      detail: 'A request with this idempotency key is in progress.',
      headers: { 'retry-after': '1' },
    }),
  ],
  [
    SimulatedFailureError,
    (error) => ({
      status: (error as SimulatedFailureError).status,
      type: 'simulated-failure',
      detail: 'Mode `fail`: the gateway executed no operation.',
    }),
  ],
  [
    SimulatedRejectionError,
    () => ({
      status: 422,
      type: 'simulated-rejection',
      detail: 'Mode `reject`: the gateway executed no operation.',
    }),
  ],
  [
    LedgerFullError,
    () => ({
      status: 503,
      type: 'ledger-full',
      detail: 'The ledger has as many idempotency keys as KEYS_MAX allows.',
    }),
  ],
];

/** Maps the gateway's errors to HTTP problems. @returns undefined for every other error */
export function gatewayProblem(error: unknown): ProblemException | undefined {
  if (!(error instanceof Error)) return undefined;
  const found = problems.find(([errorClass]) => error instanceof errorClass);
  return found && new ProblemException(found[1](error));
}
