import { LogController, type FastifyReply, type FastifyRequest } from 'fastify';

/**
 * Logs one line per request, after its response: method, route, status and `durationMs`. The line has the route, not the
 * path, so lines of a route can be grouped and contain no client input. Health checks and scrapes are logged at debug.
 */
export class RequestLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: 'correlationId' });
  }

  /** No line: `requestCompleted` logs the request. */
  override incomingRequest(): void {}

  /** The level is `error` when the response failed. */
  override requestCompleted(
    err: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const route = request.routeOptions.url ?? 'none';
    const level = err ? 'error' : route.startsWith('/health/') || route === '/metrics' ? 'debug' : 'info';
    request.log[level](
      {
        ...(err && { err }),
        method: request.method,
        route,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
  }
}
