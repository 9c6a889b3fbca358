export { addRouteConfig, BodyLimit } from './body-limit.js';
export { Correlation, type RequestCorrelation } from './correlation.js';
export { HealthController, provideHealthChecks, type HealthCheck } from './health.js';
export { createHttpApp, httpVariables, type HttpAppOptions } from './http-app.js';
export { IdempotencyKey } from './idempotency-key.js';
export {
  type Answer,
  answer,
  emptyAnswer,
  pageOf,
  type ResponseHeader,
  type Sent,
  streamAnswer,
  textAnswer,
  toPage,
  timestamp,
} from './open-api/answer.js';
export {
  buildOpenApi,
  listProblems,
  type OpenApiDocument,
  problemSchema,
} from './open-api/build-open-api.js';
export { type DescribedOperation, listOperations, Operation } from './open-api/operation.js';
export { ProblemException, type ProblemDetails, type ProblemError, type ProblemOptions } from './problem.js';
export {
  type ProblemType,
  problemType,
  problemTypeOfStatus,
  problemTypeUrn,
  statusProblems,
} from './problem-type.js';
export { httpProblems, jsonProblems } from './request-problems.js';
export type { ErrorMapper } from './to-problem.js';
export { safeText } from './safe-text.js';
