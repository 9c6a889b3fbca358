import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findCardNumber } from '#json';
import { cardNumberProblem } from './json-body.js';
import { ProblemException, type ProblemError } from './problem.js';

/** The headers whose text a service keeps or logs. */
const STORED_HEADERS = ['idempotency-key', 'x-correlation-id', 'last-event-id'];

const CONTROL_CHARACTER = /\p{Cc}/u;

/**
 * Refuses requests whose path, query or kept headers hold a payment card number or control characters (NUL among
 * them, which PostgreSQL cannot store), before any handler sees them.
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
    .map(([name]): ProblemError => ({ parameter: name, detail: 'holds control characters' }));
  if (errors.length > 0) throw new ProblemException({ status: 400, type: 'invalid-parameters', errors });
}
