export { type AccessKey, generateAccessKey, issueToken, toJwks, type TokenOptions } from './access-key.js';
export { accessProblems } from './access-problems.js';
export { type Caller, CurrentCaller } from './caller.js';
export { guardRoutes, type GuardOptions } from './guard-routes.js';
export {
  fetchKeys,
  type FetchKeysOptions,
  type KeySource,
  KeysUnavailableError,
  readKeysFromFile,
} from './key-source.js';
export { CallerLimits, type LimitConfig, limitVariables, tooManyRequests } from './limits.js';
export { Door, type Policy, type Scope, scopes } from './policy.js';
export { callerRefused, type CallerRefused } from './refusals.js';
export { TokenBuckets } from './token-buckets.js';
export { TokenRejectedError, TokenVerifier, type TokenVerifierOptions } from './token-verifier.js';
export { type AccessConfig, accessVariables, createVerifier } from './variables.js';
