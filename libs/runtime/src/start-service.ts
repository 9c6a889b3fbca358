import type { DynamicModule, Type } from '@nestjs/common';
import { CallerLimits, createVerifier, guardRoutes } from '#access';
import { BatcherFullError } from '#concurrency';
import { type DatabaseFault, databaseFault } from '#database';
import { describeConfig } from '#config';
import { enableFailpoint } from '#failpoints';
import { createHttpApp, ProblemException, problemTypeOfStatus } from '#http';
import { logCrashes } from '#observability';
import { Messaging, type RuntimeOptions } from './messaging.js';
import { Metrics } from './monitoring/metrics.js';

/** A service to start. */
export interface StartOptions extends RuntimeOptions {
  /** The module of the app, which imports {@link RuntimeModule}. Required. */
  readonly module: Type | DynamicModule;
  /** Title of the OpenAPI document. Required. */
  readonly title: string;
  /** Description of the OpenAPI document. Required. */
  readonly description: string;
}

/**
 * Starts a service: first its consumers, then its HTTP side. Resolves when it listens. Rejects when the database is
 * unavailable for 60 attempts, one per second, the port is in use, or a route has no policy (`@Door`); an unavailable
 * broker does not prevent the start. Without access keys every route that is not public answers 401.
 */
export async function startService(options: StartOptions): Promise<void> {
  const { service, config, logger, module, title, description } = options;
  logCrashes(logger);
  logger.info({ config: describeConfig(config) }, 'starting');
  if (config.failpoint) enableFailpoint(config.failpoint, config.failpointMessageId);
  const verifier = createVerifier(config, logger);
  const keysMissing = describeMissingKeys(service);
  if (!verifier) logger.warn(keysMissing);
  const limits = new CallerLimits(config);
  const app = await createHttpApp(module, {
    config,
    logger,
    title,
    description,
    guard: (fastify) => guardRoutes(fastify, { verifier, limits, keysMissing }),
    mapError: mapDatabaseError,
  });
  app.get(Metrics).measureRequests(app.getHttpAdapter().getInstance());
  app.connectMicroservice({ strategy: app.get(Messaging).transport });
  await app.startAllMicroservices();
  await app.listen(config.httpPort, config.httpHost);
  logger.info({ url: await app.getUrl() }, 'listening');
}

function describeMissingKeys(service: string): string {
  const prefix = service.toUpperCase();
  return `This service accepts no token: neither ${prefix}_ACCESS_JWKS_FILE nor ${prefix}_ACCESS_JWKS_URL is set.`;
}

/** Maps a failure of the database to 503. Its commit may have happened, so a client repeats an order under the same key. */
export function mapDatabaseError(error: unknown): ProblemException | undefined {
  if (error instanceof BatcherFullError) return serviceUnavailable('Too many requests are waiting.', error);
  const detail = UNAVAILABLE_DETAILS[databaseFault(error) ?? 'data'];
  return detail === undefined ? undefined : serviceUnavailable(detail, error);
}

/** By fault; `data` is a defect of the service, and stays a 500. */
const UNAVAILABLE_DETAILS: Readonly<Record<DatabaseFault, string | undefined>> = {
  conflict: 'A concurrent request conflicted.',
  system: 'The database is temporarily unavailable.',
  unclear: 'The database could not finish the request in time.',
  data: undefined,
};

function serviceUnavailable(detail: string, cause: unknown): ProblemException {
  return new ProblemException({
    type: problemTypeOfStatus(503),
    detail,
    headers: { 'retry-after': '1' },
    cause,
  });
}
