import type { Server } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyHttpOptions, FastifyInstance } from 'fastify';
import { durationMs, integer, logLevel, port, text } from '#config';
import { NestLogger, type Logger } from '#observability';
import { respondMethodNotAllowed } from './method-not-allowed.js';
import { respondToClientError } from './client-error.js';
import { resolveCorrelationId, echoCorrelationId } from './correlation.js';
import { shutDownGracefully } from './graceful-shutdown.js';
import { limitBodies } from './body-limit.js';
import { acceptStrictJsonOnly, BODY_BYTES_MAX } from './json-body.js';
import { serveOpenApi } from './open-api/serve-open-api.js';
import { ProblemFilter, sendProblem } from './problem-filter.js';
import { toProblem, type ErrorMapper } from './to-problem.js';
import { RequestLog } from './request-log.js';
import { traceRequests } from './request-tracing.js';
import { rejectUnsafeInput } from './reject-unsafe-input.js';
import { SchemaPipe } from './schema-pipe.js';

/** Exceeds the idle timeout of 60 s that nginx and many load balancers have. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;

/**
 * The HTTP variables of an app, without its prefix. Spread them into the schema of its configuration.
 *
 * @param defaults.port default of `HTTP_PORT`
 * @param defaults.logLevel default of `LOG_LEVEL`; default `info`
 */
export function httpVariables(defaults: { port: number; logLevel?: 'info' | 'warn' }) {
  return {
    /** Address to listen on. Default 127.0.0.1. */
    HTTP_HOST: text('an address to listen on, such as 0.0.0.0 or ::')
      .transform((host) => host.replace(/^\[|\]$/g, ''))
      .default('127.0.0.1'),
    /** TCP port to listen on; 0 means any free port. */
    HTTP_PORT: port().default(defaults.port),
    /** How long an idle connection stays open, in ms. Longer than the idle timeout of the proxy in front. Default 72,000. */
    HTTP_KEEP_ALIVE_TIMEOUT_MS: durationMs({ min: 1_000, max: 3_600_000 }).default(KEEP_ALIVE_TIMEOUT_MS),
    /** Max open connections; further ones are closed at once. Default 6,000. */
    HTTP_CONNECTIONS_MAX: integer({ min: 1, max: 1_000_000 }).default(6_000),
    /** Addresses of proxies whose `X-Forwarded-For` is used, separated by commas: `10.0.0.0/8`. Default: none. */
    HTTP_TRUSTED_PROXIES: text('addresses of proxies, separated by commas').optional(),
    /** Graceful-shutdown timeout, in ms. Default 10,000. */
    SHUTDOWN_TIMEOUT_MS: durationMs({ min: 100, max: 120_000 }).default(10_000),
    /** Lowest level that is logged. */
    LOG_LEVEL: logLevel().default(defaults.logLevel ?? 'info'),
  };
}

/** Settings of {@link createHttpApp}. */
export interface HttpAppOptions {
  /**
   * `shutdownTimeoutMs`: graceful-shutdown timeout, in ms. `httpKeepAliveTimeoutMs`: how long an idle connection stays open,
   * in ms; default 72,000. `httpConnectionsMax`: max open connections; default no limit. `httpTrustedProxies`: proxies whose
   * `X-Forwarded-For` is used; default none. Required.
   */
  readonly config: {
    readonly shutdownTimeoutMs: number;
    readonly httpKeepAliveTimeoutMs?: number;
    readonly httpConnectionsMax?: number;
    readonly httpTrustedProxies?: string | undefined;
  };
  /** Receives one line per request and the lines of Nest. Required. */
  readonly logger: Logger;
  /** Title of the OpenAPI document. Required. */
  readonly title: string;
  /** Description of the OpenAPI document. Required. */
  readonly description: string;
  /**
   * Registers the check of callers, before any route: `(fastify) => guardRoutes(fastify, …)`. Required; `none` is for a
   * server without a route that needs a caller, such as the gateway simulator.
   */
  readonly guard: ((fastify: FastifyInstance) => void) | 'none';
  /** Maps errors of the app or its database to problem details. Default: an unknown error is a 500. */
  readonly mapError?: ErrorMapper;
}

/**
 * Creates the HTTP side of a service, ready to listen:
 *
 * - `guard` checks each caller before the body is read
 * - bodies are strict JSON up to 1 KB, or `@BodyLimit`; card numbers and control characters are rejected in every part of a request
 * - every error is problem details (RFC 9457), framework errors included; an unknown error is a 500 without its message
 * - `@Body({ schema })`, `@Query({ schema })` and `@Param(…, { schema })` are validated, and every fault is reported
 * - `x-correlation-id` is accepted or created, returned, and on every log line; one line per request
 * - OpenAPI at `/docs`; SIGTERM shuts down gracefully within `shutdownTimeoutMs`; every phase of a request has a timeout
 *
 * @throws the error of a provider that cannot be created, such as an unavailable database
 */
export async function createHttpApp(
  module: Type | DynamicModule,
  { config, logger, title, description, guard, mapError }: HttpAppOptions,
): Promise<NestFastifyApplication> {
  const adapter = createAdapter(logger, config);
  const fastify: FastifyInstance = adapter.getInstance();
  if (config.httpConnectionsMax !== undefined) fastify.server.maxConnections = config.httpConnectionsMax;
  limitBodies(fastify);
  respondMethodNotAllowed(fastify);
  echoCorrelationId(fastify);
  traceRequests(fastify);
  if (guard !== 'none') guard(fastify);
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

/**
 * Requests are read within 10 s for headers and 30 s in total. An idle connection stays open longer than the idle timeout
 * of the proxy in front, because a proxy that sends a request on a closing connection responds with 502. During shutdown a
 * request on an open connection still gets a response (`return503OnClosing: false`).
 */
function createAdapter(
  logger: Logger,
  { httpKeepAliveTimeoutMs = KEEP_ALIVE_TIMEOUT_MS, httpTrustedProxies }: HttpAppOptions['config'],
): FastifyAdapter {
  const options: FastifyHttpOptions<Server> = {
    loggerInstance: logger,
    logController: new RequestLog(),
    genReqId: resolveCorrelationId,
    bodyLimit: BODY_BYTES_MAX,
    http: { headersTimeout: 10_000, maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 5_000 },
    requestTimeout: 30_000,
    keepAliveTimeout: httpKeepAliveTimeoutMs,
    return503OnClosing: false,
    ...(httpTrustedProxies !== undefined && { trustProxy: httpTrustedProxies.split(',') }),
    routerOptions: { maxParamLength: 128 },
    frameworkErrors: (error, _request, reply) => sendProblem(reply, toProblem(error)),
    clientErrorHandler: respondToClientError,
  };
  return new FastifyAdapter(options);
}
