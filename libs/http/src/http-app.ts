import type { Server } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyHttpOptions, FastifyInstance } from 'fastify';
import { durationMs, logLevel, port, text } from '#config';
import { NestLogger, type Logger } from '#observability';
import { respondMethodNotAllowed } from './method-not-allowed.js';
import { respondToClientError } from './client-error.js';
import { resolveCorrelationId, echoCorrelationId } from './correlation.js';
import { shutDownGracefully } from './graceful-shutdown.js';
import { acceptStrictJsonOnly, BODY_BYTES_MAX } from './json-body.js';
import { serveOpenApi } from './open-api.js';
import { ProblemFilter, sendProblem } from './problem-filter.js';
import { toProblem, type ErrorMapper } from './to-problem.js';
import { RequestLog } from './request-log.js';
import { rejectUnsafeInput } from './reject-unsafe-input.js';
import { SchemaPipe } from './schema-pipe.js';

/** The variables every service has, to be spread into the schema of its configuration. */
export function httpVariables(defaults: { port: number; logLevel?: 'info' | 'warn' }) {
  return {
    HTTP_HOST: text('an address to listen on, such as 0.0.0.0').default('127.0.0.1'),
    HTTP_PORT: port().default(defaults.port),
    SHUTDOWN_TIMEOUT_MS: durationMs({ min: 100, max: 120_000 }).default(10_000),
    LOG_LEVEL: logLevel().default(defaults.logLevel ?? 'info'),
  };
}

export interface HttpAppOptions {
  readonly config: { readonly shutdownTimeoutMs: number };
  readonly logger: Logger;
  /** Title and description of the OpenAPI document. */
  readonly title: string;
  readonly description: string;
  /** What errors of the app's own, or of its database, mean over HTTP. Others are 500. */
  readonly mapError?: ErrorMapper;
}

/**
 * The HTTP side that every service shares, ready to listen:
 *
 * - bodies are strict JSON up to 100 KB; card numbers and control characters are refused wherever a client can put them
 * - every error is problem details (RFC 9457), the framework's own included; an unknown one is a 500 that says nothing
 * - `@Body({ schema })`, `@Query({ schema })` and `@Param(…, { schema })` are checked, all faults named
 * - `x-correlation-id` is taken or made, echoed, and on every log line; one line per request
 * - OpenAPI at `/docs`; SIGTERM drains and ends with 0 in bounded time; every phase of a request has a timeout
 */
export async function createHttpApp(
  module: Type | DynamicModule,
  { config, logger, title, description, mapError }: HttpAppOptions,
): Promise<NestFastifyApplication> {
  const adapter = createAdapter(logger);
  const fastify: FastifyInstance = adapter.getInstance();
  respondMethodNotAllowed(fastify);
  echoCorrelationId(fastify);
  rejectUnsafeInput(fastify);
  acceptStrictJsonOnly(fastify);

  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(mapError));
  app.useGlobalPipes(new SchemaPipe());
  serveOpenApi(app, { title, description });
  shutDownGracefully(app, config.shutdownTimeoutMs, logger);
  return app;
}

function createAdapter(logger: Logger): FastifyAdapter {
  const options: FastifyHttpOptions<Server> = {
    loggerInstance: logger,
    logController: new RequestLog(),
    genReqId: resolveCorrelationId,
    bodyLimit: BODY_BYTES_MAX,
    http: { headersTimeout: 10_000, maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 5_000 },
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 128 },
    frameworkErrors: (error, _request, reply) => sendProblem(reply, toProblem(error)),
    clientErrorHandler: respondToClientError,
  };
  return new FastifyAdapter(options);
}
