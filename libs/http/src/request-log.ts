import { LogController, type FastifyReply, type FastifyRequest } from 'fastify';

/**
 * One line per request, when it is answered. It names the route, not the path, so that it groups well and repeats
 * nothing a client wrote. Health checks and scrapes are logged at debug only.
 */
export class RequestLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: 'correlationId' });
  }

  override incomingRequest(): void {}

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
