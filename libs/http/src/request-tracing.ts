import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  failSpan,
  isTracingEnabled,
  newTraceparent,
  readTraceContext,
  SpanKind,
  type SpanTraceContext,
  startEntrySpan,
  traceContext,
} from '#observability';

const traces = new WeakMap<FastifyRequest, SpanTraceContext>();

/** Routes that orchestrators and monitoring call every few seconds. */
const isUntraced = (route: string): boolean => route.startsWith('/health/') || route === '/metrics';

/**
 * Starts a SERVER span `{method} {route}` for each request from now on, if an SDK is registered. It has the route and not
 * the path: paths and queries contain input.
 */
export function traceRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    if (!isTracingEnabled() || isUntraced(route)) return done();
    const span = startEntrySpan(`${request.method} ${route}`, {
      kind: SpanKind.SERVER,
      parent: readTraceContext(request.headers) ?? {},
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'url.scheme': request.protocol,
      },
    });
    if (!span) return done();
    traces.set(request, traceContext(span));
    if (!span.isRecording()) return done();
    reply.raw.once('close', () => {
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) failSpan(span, String(reply.statusCode));
      span.end();
    });
    done();
  });
}

/** The context of the request's span; without one, that of its headers if they are well-formed, else a new, sampled trace. */
export function findRequestTrace(request: FastifyRequest): SpanTraceContext {
  return traces.get(request) ?? readTraceContext(request.headers) ?? { traceparent: newTraceparent() };
}
