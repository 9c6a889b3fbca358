import type { FastifyInstance } from 'fastify';
import { findCardNumber, parseStrictJson } from '#json';
import { ProblemException } from './problem.js';
import { problemTypeOfStatus } from './problem-type.js';
import { httpProblems } from './request-problems.js';

/** Maximum size of a request body, in bytes. */
export const BODY_BYTES_MAX = 100 * 1024;

const unsupported = problemTypeOfStatus(415);

/** Maximum nesting of a request body, in levels. */
export const BODY_DEPTH_MAX = 32;

/**
 * Makes Fastify accept strict JSON in UTF-8 as the only content type. An empty body is undefined for any content
 * type: `curl -d ''` sends a form. Malformed JSON is rejected with 400, a body above {@link BODY_BYTES_MAX} with 413,
 * another content type, charset or content encoding with 415, and a body that contains a payment card number with 422:
 * clients send payment tokens.
 */
export function acceptStrictJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    done(encoding.trim().toLowerCase() === 'identity' ? undefined : compressedBodyProblem());
  });
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    if (bytes.length === 0 || request.is404) done(null, undefined);
    else done(new ProblemException({ type: unsupported, detail: 'Send the body as application/json.' }));
  });
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    try {
      rejectOtherCharsets(request.headers['content-type']);
      done(null, bytes.length === 0 ? undefined : readBody(bytes));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** @throws JsonRejectedError, or the problem of a card number */
function readBody(bytes: Buffer): unknown {
  const body = parseStrictJson(bytes, { maxBytes: BODY_BYTES_MAX, maxDepth: BODY_DEPTH_MAX });
  const pointer = findCardNumber(body);
  if (pointer !== undefined) throw cardNumberProblem({ pointer: `#${encodeURI(pointer)}` });
  return body;
}

/** RFC 9110: a 415 for the content coding names the accepted ones in Accept-Encoding. */
function compressedBodyProblem(): ProblemException {
  return new ProblemException({
    type: unsupported,
    detail: 'Compressed bodies are not accepted. Send the body without Content-Encoding.',
    headers: { 'accept-encoding': 'identity' },
  });
}

/** RFC 8259: JSON is UTF-8. */
function rejectOtherCharsets(contentType = ''): void {
  const charset = /;\s*charset="?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(charset))
    throw new ProblemException({ type: unsupported, detail: 'JSON must be sent as UTF-8.' });
}

/** The 422 for a card number. It names the place in the request, never the number. */
export function cardNumberProblem(
  location: { pointer: string } | { parameter: string } | { header: string },
) {
  return new ProblemException({
    type: httpProblems.cardNumberRejected,
    detail: 'Send a payment token instead of a card number. The request was not stored.',
    errors: [{ ...location, detail: 'looks like a payment card number' }],
  });
}
