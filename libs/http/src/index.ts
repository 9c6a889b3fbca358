export { addRouteConfig, BodyLimit } from './body-limit.js';
export { Correlation, type RequestCorrelation } from './correlation.js';
export { HealthController, provideHealthChecks, type HealthCheck } from './health.js';
export { createHttpApp, httpVariables, type HttpAppOptions } from './http-app.js';
export { IdempotencyKey } from './idempotency-key.js';
export { ProblemException, type ProblemDetails, type ProblemError, type ProblemOptions } from './problem.js';
export type { ErrorMapper } from './to-problem.js';
export { safeText } from './safe-text.js';
