import type { FastifyInstance, FastifyRequest } from 'fastify';
import { containsCardNumber } from '#json';
import { cardNumberRefused } from './json-body.js';
import { ProblemException, type ProblemError } from './problem.js';

/** The headers whose text a service keeps or logs. */
const HEADERS_KEPT = ['idempotency-key', 'x-correlation-id', 'last-event-id'];

const CONTROL_CHARACTER = /\p{Cc}/u;

/**
 * Refuses requests whose path, query or kept headers hold a payment card number or control characters (NUL among
 * them, which PostgreSQL cannot store), before any handler sees them.
 */
export function refuseUnsafeTexts(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    try {
      refuseCardNumbers(request);
      refuseControlCharacters(request);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}

function refuseCardNumbers(request: FastifyRequest): void {
  for (const header of HEADERS_KEPT) {
    if (containsCardNumber(request.headers[header]) !== undefined) throw cardNumberRefused({ header });
  }
  for (const texts of [request.params, request.query]) {
    const pointer = containsCardNumber(texts);
    if (pointer !== undefined) throw cardNumberRefused({ parameter: pointer.split('/')[1] ?? '' });
  }
}

function refuseControlCharacters(request: FastifyRequest): void {
  const texts = Object.entries({ ...(request.params as object), ...(request.query as object) });
  const errors = texts
    .filter(([name, value]) => CONTROL_CHARACTER.test(name) || CONTROL_CHARACTER.test(String(value)))
    .map(([name]): ProblemError => ({ parameter: name, detail: 'holds control characters' }));
  if (errors.length > 0) throw new ProblemException({ status: 400, type: 'invalid-parameters', errors });
}
