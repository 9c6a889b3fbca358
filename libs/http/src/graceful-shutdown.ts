import type { ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from '#observability';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Makes SIGTERM and SIGINT shut the app down gracefully: the process exits with 0 within `timeoutMs`. Nest's shutdown hooks
 * run in their order, requests in flight get their response, and each connection closes after its response. Requests
 * without a response after half of the time are cut off, so the hooks that close databases and brokers have the other
 * half. Hooks still running after `timeoutMs` are abandoned: accepted work is stored, and the next start resumes it.
 *
 * @param timeoutMs graceful-shutdown timeout, in ms
 */
export function shutDownGracefully(app: NestFastifyApplication, timeoutMs: number, logger: Logger): void {
  closeConnectionsWithin(app.getHttpAdapter().getInstance(), timeoutMs / 2);

  const enforceTimeout = (signal: NodeJS.Signals): void => {
    logger.info({ signal, timeoutMs }, 'shutting down');
    setTimeout(() => {
      logger.warn('graceful shutdown timed out; exiting with work unfinished');
      process.exit(0);
    }, timeoutMs).unref();
  };
  for (const signal of SIGNALS) process.once(signal, enforceTimeout);
  const removeListeners = (): void => SIGNALS.forEach((signal) => void process.off(signal, enforceTimeout));
  app.getHttpAdapter().getInstance().addHook('onClose', removeListeners);
  app.enableShutdownHooks([...SIGNALS], { useProcessExit: true });
}

/** When the app closes: ends event streams, waits for requests in flight, and cuts them off after `timeoutMs`. */
function closeConnectionsWithin(fastify: FastifyInstance, timeoutMs: number): void {
  const endEventStreams = trackEventStreams(fastify);
  let isClosing = false;
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (isClosing) void reply.header('connection', 'close');
    done(null, payload);
  });
  fastify.addHook('preClose', (done) => {
    isClosing = true;
    endEventStreams();
    const cut = setTimeout(() => fastify.server.closeAllConnections(), timeoutMs).unref();
    fastify.server.once('close', () => clearTimeout(cut));
    done();
  });
}

/** Event streams do not end by themselves, so shutdown ends them; their clients reconnect to another replica. */
function trackEventStreams(fastify: FastifyInstance): () => void {
  const open = new Set<ServerResponse>();
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.headers.accept?.includes('text/event-stream')) {
      open.add(reply.raw);
      reply.raw.once('close', () => open.delete(reply.raw));
    }
    done();
  });
  return () => open.forEach((response) => response.destroy());
}
