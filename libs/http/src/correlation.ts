import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { newId } from '#observability';
import { findCardNumber } from '#json';
import { findRequestTrace } from './request-tracing.js';

/** Safe in headers, logs and SQL; at most 128 characters. */
const WELL_FORMED = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** The ids that every event and log line of a request carries. */
export interface RequestCorrelation {
  /** `x-correlation-id` of the request if it is well-formed (1 to 128 letters, digits and `._:-`), else a UUID v7. */
  readonly correlationId: string;
  /**
   * W3C trace context: that of the request's span; without an SDK, `traceparent` of the request if it is well-formed, else
   * the root of a new, sampled trace.
   */
  readonly traceparent: string;
  /** `tracestate` of the request, if its `traceparent` is well-formed. */
  readonly tracestate?: string;
}

/** Parameter decorator of a handler: `@Correlation() { correlationId, traceparent }: RequestCorrelation`. */
export const Correlation = createParamDecorator(
  (_: unknown, context: ExecutionContext): RequestCorrelation => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return { correlationId: request.id, ...findRequestTrace(request) };
  },
);

/**
 * The correlation id of a request, for Fastify's `genReqId`: the request id of Fastify is the correlation id, so every log
 * line of the request carries it. A header that is not well-formed or looks like a card number is replaced.
 */
export function resolveCorrelationId(request: IncomingMessage): string {
  const header = request.headers['x-correlation-id'];
  const isUsable =
    typeof header === 'string' && WELL_FORMED.test(header) && findCardNumber(header) === undefined;
  return isUsable ? header : newId();
}

/** Adds the header `x-correlation-id` to every response. */
export function echoCorrelationId(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-correlation-id', request.id);
    done();
  });
}
