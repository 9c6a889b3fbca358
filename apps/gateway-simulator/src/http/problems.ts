import { httpProblems, ProblemException, type ProblemOptions, problemType } from '#http';
import { KeyInFlightError, KeyReusedError } from '../domain/idempotency-keys.js';
import { UnknownEntryError } from '../domain/ledger.js';
import { LedgerFullError, SimulatedFailureError, SimulatedRejectionError } from '../use-cases/gateway.js';

/** The problems of the gateway simulator. */
export const gatewayProblems = {
  unknownEntry: problemType('unknown-entry', 404, 'The ledger has no such entry'),
  simulatedFailure: problemType('simulated-failure', 500, 'Simulated failure'),
  simulatedRejection: problemType('simulated-rejection', 422, 'Simulated rejection'),
  ledgerFull: problemType('ledger-full', 503, 'The ledger is full'),
};

type ErrorClass = abstract new (...values: never[]) => Error;

const problems: readonly (readonly [ErrorClass, (error: Error) => ProblemOptions])[] = [
  [
    UnknownEntryError,
    ({ message }) => ({
      type: gatewayProblems.unknownEntry,
      detail: `The ledger has no entry with this id: ${message}.`,
    }),
  ],
  [
    KeyReusedError,
    () => ({
      type: httpProblems.keyReused,
      detail: 'This idempotency key was used for another request.',
      errors: [{ header: 'Idempotency-Key', detail: 'was used for another request' }],
    }),
  ],
  [
    KeyInFlightError,
    () => ({
      type: httpProblems.keyInFlight,
      detail: 'A request with this idempotency key is in progress.',
      headers: { 'retry-after': '1' },
    }),
  ],
  [
    SimulatedFailureError,
    (error) => ({
      type: { ...gatewayProblems.simulatedFailure, status: (error as SimulatedFailureError).status },
      detail: 'Mode `fail`: the gateway executed no operation.',
    }),
  ],
  [
    SimulatedRejectionError,
    () => ({
      type: gatewayProblems.simulatedRejection,
      detail: 'Mode `reject`: the gateway executed no operation.',
    }),
  ],
  [
    LedgerFullError,
    () => ({
      type: gatewayProblems.ledgerFull,
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
