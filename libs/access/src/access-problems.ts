import { problemType } from '#http';

/** The problems of a request that the guard refuses. */
export const accessProblems = {
  /** No token, or a service without keys. */
  tokenMissing: problemType('unauthorized', 401, 'A token is required'),
  /** `TokenVerifier` rejected the token; `detail` has the reason. */
  invalidToken: problemType('invalid-token', 401, 'The token is not valid'),
  /** The token has none of the scopes of `@Door`. */
  scopeMissing: problemType('insufficient-scope', 403, 'The token lacks the scope'),
  /** A limit of `CallerLimits` or of the app. Send `Retry-After`. */
  tooManyRequests: problemType('too-many-requests', 429, 'Too many requests'),
  /** `KeysUnavailableError` of a key source. Send `Retry-After`. */
  keysUnavailable: problemType('access-keys-unavailable', 503, 'The keys are unavailable'),
};
