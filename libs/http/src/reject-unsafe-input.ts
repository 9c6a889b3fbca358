import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findCardNumber } from '#json';
import { cardNumberProblem } from './json-body.js';
import { ProblemException, type ProblemError } from './problem.js';
import { httpProblems } from './request-problems.js';

/** Headers that a service stores or logs. */
const STORED_HEADERS = ['idempotency-key', 'x-correlation-id', 'last-event-id'];

/** Unicode category Cc: C0 and C1 controls, NUL included. */
const CONTROL_CHARACTER = /\p{Cc}/u;

/**
 * Rejects requests before they reach a handler: with 422 when the path, the query or a stored header contains a payment
 * card number, and with 400 when the path or the query contains control characters. PostgreSQL cannot store NUL.
 */
export function rejectUnsafeInput(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    try {
      rejectCardNumbers(request);
      rejectControlCharacters(request);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}

function rejectCardNumbers(request: FastifyRequest): void {
  for (const header of STORED_HEADERS) {
    if (findCardNumber(request.headers[header]) !== undefined) throw cardNumberProblem({ header });
  }
  for (const texts of [request.params, request.query]) {
    const pointer = findCardNumber(texts);
    if (pointer !== undefined) throw cardNumberProblem({ parameter: pointer.split('/')[1] ?? '' });
  }
}

function rejectControlCharacters(request: FastifyRequest): void {
  const texts = Object.entries({ ...(request.params as object), ...(request.query as object) });
  const errors = texts
    .filter(([name, value]) => CONTROL_CHARACTER.test(name) || CONTROL_CHARACTER.test(String(value)))
    .map(([name]): ProblemError => ({ parameter: name, detail: 'contains control characters' }));
  if (errors.length > 0) throw new ProblemException({ type: httpProblems.invalidParameters, errors });
}
