import { ProblemException } from '#http';
import { DiagnosticChannel } from '#observability';
import { accessProblems } from './access-problems.js';
import { KeysUnavailableError } from './key-source.js';
import type { Scope } from './policy.js';
import { TokenRejectedError } from './token-verifier.js';

/** A request that a guard refused. */
export interface CallerRefused {
  /** The status of the response: 401, 403, 429 or 503. */
  readonly status: number;
}

/** Published once per refused request, before the response. */
export const callerRefused = new DiagnosticChannel<CallerRefused>('caller-refused');

/** 401 without a token. RFC 6750: the challenge has no error code then. */
export function tokenMissing(detail: string): ProblemException {
  return new ProblemException({
    type: accessProblems.tokenMissing,
    detail,
    headers: { 'www-authenticate': 'Bearer realm="shop"' },
  });
}

/** 403: the token grants none of the scopes. */
export function scopeMissing(allowed: readonly Scope[]): ProblemException {
  return new ProblemException({
    type: accessProblems.scopeMissing,
    detail: `This route requires the scope ${allowed.join(' or ')}.`,
    headers: {
      'www-authenticate': `Bearer realm="shop", error="insufficient_scope", scope="${allowed.join(' ')}"`,
    },
  });
}

/** 401 for a rejected token, 503 without keys. Any other error is returned unchanged. */
export function toRefusal(error: unknown): Error {
  if (error instanceof TokenRejectedError) {
    const challenge = `Bearer realm="shop", error="invalid_token", error_description="${error.reason}"`;
    return new ProblemException({
      type: accessProblems.invalidToken,
      detail: `The token is not valid: ${error.reason}.`,
      headers: { 'www-authenticate': challenge },
    });
  }
  if (error instanceof KeysUnavailableError) {
    return new ProblemException({
      type: accessProblems.keysUnavailable,
      detail: 'The keys that verify tokens cannot be fetched at the moment.',
      headers: { 'retry-after': '5' },
      cause: error,
    });
  }
  return error as Error;
}
