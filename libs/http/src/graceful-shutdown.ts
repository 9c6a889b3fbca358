import type { ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from '#observability';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * SIGTERM and SIGINT drain the app and end the process with 0 within `timeoutMs`: Nest's hooks run in their order,
 * requests in flight are answered, connections close after their answer. What is not answered after half of the
 * time is cut off, so that the hooks that close databases and brokers still have the other half. What is not done
 * in the whole time is left: everything accepted is stored, and will be taken up at the next start.
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

/** Once the app closes: ends event streams, answers what is in flight, and cuts off what takes longer than `limitMs`. */
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

/** Server-sent events never end by themselves; their clients reconnect elsewhere. */
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
