import type { JsonRejectionReason } from '#json';
import { problemType, type ProblemType } from './problem-type.js';

/** The problems of this lib that name a part of the request or the state of the service. */
export const httpProblems = {
  /** A handler with `@Body({ schema })` got a request without a body. */
  bodyMissing: problemType('body-missing', 400, 'The body is missing'),
  /** `SchemaPipe` rejected the path or the query, or either has control characters. */
  invalidParameters: problemType('invalid-parameters', 400, 'The request is not valid'),
  /** `SchemaPipe` rejected the body; `errors` has up to 100 faults. */
  invalidBody: problemType('invalid-body', 422, 'The body is not valid'),
  /** `findCardNumber` found a number; no response and no log line contains it. */
  cardNumberRejected: problemType('card-number-rejected', 422, 'Card numbers are not accepted'),
  /** `@IdempotencyKey()` without a header. */
  keyMissing: problemType('idempotency-key-missing', 400, 'The Idempotency-Key is missing'),
  /** `@IdempotencyKey()` with a header that is not 1 to 255 visible ASCII characters. */
  keyInvalid: problemType('idempotency-key-invalid', 400, 'The Idempotency-Key cannot be used'),
  /** For apps: the key belongs to another request. The request changed nothing. */
  keyReused: problemType('idempotency-key-reused', 422, 'The Idempotency-Key was used for another request'),
  /** For apps: the earlier attempt has no result yet. Send `Retry-After`. */
  keyInFlight: problemType(
    'idempotency-key-in-flight',
    409,
    'A request with this Idempotency-Key is in progress',
  ),
  /** `/health/ready` while the service stops or a check fails. */
  notReady: problemType('not-ready', 503, 'Not ready'),
};

/** The problem of a body that is no strict JSON, by the reason of `JsonRejectedError`. */
export const jsonProblems: Readonly<Record<JsonRejectionReason, ProblemType>> = {
  /** Not JSON by RFC 8259. */
  malformed: jsonProblem('malformed-json'),
  /** Above `BODY_BYTES_MAX`; the document was not read. */
  too_large: jsonProblem('json-too-large', 413),
  /** Nested deeper than `BODY_DEPTH_MAX`. */
  too_deep: jsonProblem('json-too-deep'),
  /** The bytes are not UTF-8. */
  not_utf8: jsonProblem('json-not-utf8'),
  /** Two members of one object have the same decoded name. */
  duplicate_member: jsonProblem('json-duplicate-member'),
  /** NUL or a lone surrogate, which PostgreSQL cannot store. */
  forbidden_character: jsonProblem('json-forbidden-character'),
  /** Infinity, or a whole number that may be rounded. */
  number_out_of_range: jsonProblem('json-number-out-of-range'),
  /** A member named `__proto__`. */
  forbidden_member: jsonProblem('json-forbidden-member'),
};

function jsonProblem(slug: string, status = 400): ProblemType {
  return problemType(slug, status, 'The body is not acceptable JSON');
}
