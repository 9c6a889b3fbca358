import type { FastifyInstance } from 'fastify';
import { findCardNumber, parseStrictJson } from '#json';
import { ProblemException } from './problem.js';

/** The most bytes a request body may have. */
export const BODY_BYTES_MAX = 100 * 1024;

/** The most levels of nesting a request body may have. */
export const BODY_DEPTH_MAX = 32;

/**
 * Reads bodies as strict JSON in UTF-8 and nothing else, before any handler sees them. A body with a payment card
 * number in it is refused whole: we take tokens. An empty body is undefined.
 */
export function acceptStrictJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    try {
      rejectOtherCharsets(request.headers['content-type']);
      done(null, bytes.length === 0 ? undefined : readBody(bytes));
    } catch (error) {
      done(error as Error);
    }
  });
}

function readBody(bytes: Buffer): unknown {
  const body = parseStrictJson(bytes, { maxBytes: BODY_BYTES_MAX, maxDepth: BODY_DEPTH_MAX });
  const pointer = findCardNumber(body);
  if (pointer !== undefined) throw cardNumberProblem({ pointer: `#${encodeURI(pointer)}` });
  return body;
}

function rejectOtherCharsets(contentType = ''): void {
  const charset = /;\s*charset="?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(charset))
    throw new ProblemException({ status: 415, detail: 'JSON must be sent as UTF-8.' });
}

/** The answer to a card number, wherever it was found. Names the place, never the number. */
export function cardNumberProblem(
  location: { pointer: string } | { parameter: string } | { header: string },
) {
  return new ProblemException({
    status: 422,
    type: 'card-number-rejected',
    title: 'Card numbers are not accepted',
    detail: 'Send a payment token instead of a card number. Nothing of this request was stored.',
    errors: [{ ...location, detail: 'looks like a payment card number' }],
  });
}
