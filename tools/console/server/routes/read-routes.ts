import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Session } from '../../protocol.js';
import type { ConsoleParts } from '../console-parts.js';
import {
  readGroups,
  readLetter,
  readLetters,
  readReplayProgress,
  serviceSchema,
  statusSchema,
} from '../dead-letters.js';
import { describeMessage } from '../orders/message-details.js';
import { findMessageRow, readOrderTrace } from '../orders/order-trace.js';
import { NotFoundError } from '../problems.js';
import { listProducts, search } from '../search.js';

const id = z.uuid();

/** The routes that read. */
export function registerReadRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  app.get('/api/session', () => readSession(parts));
  app.get('/api/live', (_request, reply) => streamLive(parts, reply));
  app.get('/api/search', ({ query }) =>
    search(parts.databases, z.object({ q: z.string().trim().min(1).max(200) }).parse(query).q),
  );
  registerOrderRoutes(app, parts);
  registerDeadLetterRoutes(app, parts);
}

function registerOrderRoutes(
  app: FastifyInstance,
  { databases, options: { config, report } }: ConsoleParts,
): void {
  app.get('/api/orders/:id', async ({ params }) => {
    const orderId = z.object({ id }).parse(params).id;
    const trace = await readOrderTrace(databases, config.partitions, orderId);
    if (!trace) throw new NotFoundError(`The order service has no order ${orderId}.`);
    return trace;
  });
  app.get('/api/orders/:id/messages/:messageId', async ({ params }) => {
    const { id: orderId, messageId } = z.object({ id, messageId: id }).parse(params);
    const row = await findMessageRow(databases, orderId, messageId);
    if (!row) throw new NotFoundError(`No outbox has the message ${messageId}; it may have been pruned.`);
    report(`console: the bytes of message ${messageId} of order ${orderId} were opened`);
    return describeMessage(row);
  });
}

function registerDeadLetterRoutes(
  app: FastifyInstance,
  { databases, options: { report } }: ConsoleParts,
): void {
  const status = statusSchema.default('open');
  app.get('/api/dead-letters', ({ query }) =>
    readGroups(databases, z.object({ status }).parse(query).status),
  );
  app.get('/api/dead-letters/:service', ({ params, query }) => {
    const { service } = z.object({ service: serviceSchema }).parse(params);
    const filter = z.object({ status, cause: z.string().max(64).optional() }).parse(query);
    return readLetters(databases, service, { ...filter, status: [filter.status] });
  });
  app.get('/api/dead-letters/:service/:id', async ({ params }) => {
    const { service, id: letterId } = z.object({ service: serviceSchema, id }).parse(params);
    const letter = await readLetter(databases, service, letterId);
    if (!letter)
      throw new NotFoundError(`${service} has no dead letter ${letterId}; it may have been pruned.`);
    report(`console: the body of dead letter ${letterId} of ${service} was opened`);
    return letter;
  });
  app.get('/api/replays/:service/:id', async ({ params }) => {
    const { service, id: requestId } = z.object({ service: serviceSchema, id }).parse(params);
    const progress = await readReplayProgress(databases, service, requestId);
    if (!progress) throw new NotFoundError(`${service} has no replay ${requestId}.`);
    return progress;
  });
}

async function readSession({ databases, simulator, operator, options }: ConsoleParts): Promise<Session> {
  const { config, act = false, lab = false, local } = options;
  const modes = lab ? await simulator.readModes().catch(() => undefined) : undefined;
  const { publishedOrder, orderUrl } = config;
  return {
    canAct: act,
    hasLab: modes !== undefined,
    links: Object.keys(local?.links ?? {}),
    canPublish: local !== undefined,
    products: await listProducts(databases).catch(() => []),
    operator,
    opsCommand: config.publishedConsole === undefined ? 'npm run ops --' : 'docker compose run --rm ops',
    orderUrl: publishedOrder ?? orderUrl ?? null,
  };
}

/** A client that reads slower than this loses snapshots, not the stream. */
const BUFFERED_BYTES_MAX = 1_000_000;

/** Server-sent events: `history` once, then `live` each second. */
function streamLive({ feed }: ConsoleParts, reply: FastifyReply): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream',
  });
  const send = (event: string, data: unknown): void => {
    if (raw.writableLength < BUFFERED_BYTES_MAX)
      raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  send('history', feed.rateHistory);
  const unsubscribe = feed.subscribe((snapshot) => send('live', snapshot));
  raw.once('close', unsubscribe);
}
