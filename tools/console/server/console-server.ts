import { createHash, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { REPOSITORY_ROOT } from '../../client/repository-root.js';
import { Access, AccessError, addSecurityHeaders } from './access.js';
import { createParts } from './console-parts.js';
import type { ConsoleOptions } from './options.js';
import { expiredPage, IMPORT_MAP_HASH, OPENED, PAGE, vendorAssets } from './page-shell.js';
import { sendProblem } from './problems.js';
import { registerActionRoutes } from './routes/action-routes.js';
import { registerLabRoutes } from './routes/lab-routes.js';
import { registerReadRoutes } from './routes/read-routes.js';

const DEFAULT_PORT = 3004;
const BODY_BYTES_MAX = 64 * 1024;
/** At most one new link per this time is printed after requests with an invalid link. */
const LINK_PAUSE_MS = 5_000;
/** Routes without a session: they have no data of the shop. */
const PUBLIC = /^\/(open\/[^/]*|links|page\/style\.css|favicon\.svg)$/;

const REMEDY = {
  en: 'The console has printed a new link: in its terminal, or see <code>docker compose logs --tail 2 console</code>.',
  zh: '控制台已打印新的链接：在它的终端里，或用 <code>docker compose logs --tail 2 console</code> 查看。',
};

export interface RunningConsole {
  /** `http://127.0.0.1:3004` */
  readonly url: string;
  /** Creates a one-time link and invalidates the previous one. */
  readonly createLink: () => string;
  /** Every route as `GET /path`, in the order of registration. */
  readonly routes: readonly string[];
  /** Reverts every fault of the Lab, closes all pages and connections. */
  readonly close: () => Promise<void>;
}

/** Starts the console. It polls the shop only while a page is open. Rejects when the port is in use. */
export async function startConsole(options: ConsoleOptions): Promise<RunningConsole> {
  const { host = '127.0.0.1', port = DEFAULT_PORT, config } = options;
  const parts = createParts(options);
  const app = fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  const routes: string[] = [];
  app.addHook('onRoute', ({ method, path }) => {
    for (const name of [method].flat()) routes.push(`${name} ${path}`);
  });
  const address = { url: '' };
  const published = (): string => config.publishedConsole?.replace(/\/$/, '') ?? address.url;
  const access = new Access(() => [
    new URL(published()).host,
    ...[address.url, published()].map((url) => `localhost:${new URL(url).port}`),
    new URL(address.url).host,
  ]);
  const createLink = (): string => published() + access.createLink();
  guard(app, access);
  app.setErrorHandler(sendProblem);
  registerPage(app);
  registerLinks(app, access, createLink, options);
  registerReadRoutes(app, parts);
  registerActionRoutes(app, parts);
  registerLabRoutes(app, parts);
  address.url = `http://127.0.0.1:${new URL(await app.listen({ host, port })).port}`;
  const close = async (): Promise<void> => {
    parts.feed.close();
    await app.close();
    await parts.close();
  };
  return { url: address.url, createLink, routes, close };
}

/** Checks host, origin and session of every request, also of one without a route. */
function guard(app: FastifyInstance, access: Access): void {
  app.addHook('onRequest', async (request, reply) => {
    addSecurityHeaders(reply, IMPORT_MAP_HASH);
    const path = request.url.split('?')[0] ?? '';
    // Programs of the deployment call it under the container's name, with a secret.
    if (path === '/links') return;
    access.checkOrigin(request);
    if (!PUBLIC.test(path)) access.checkSession(request);
  });
}

function registerPage(app: FastifyInstance): void {
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(PAGE));
  for (const { path, type, content } of vendorAssets())
    app.get(path, (_request, reply) => reply.type(type).send(content));
  app.register(fastifyStatic, {
    root: join(REPOSITORY_ROOT, 'dist', 'tools', 'console', 'page'),
    prefix: '/page/',
    cacheControl: false,
    index: false,
    allowedPath: (path) => /^\/[\w./-]+\.(js|css)$/.test(path),
  });
}

function registerLinks(
  app: FastifyInstance,
  access: Access,
  createLink: () => string,
  { config, report }: ConsoleOptions,
): void {
  let reportedAt = 0;
  app.get<{ Params: { token: string } }>('/open/:token', (request, reply) => {
    void reply.type('text/html; charset=utf-8');
    const cookie = access.openSession(request.params.token);
    if (cookie !== undefined) return reply.header('set-cookie', cookie).send(OPENED);
    if (Date.now() - reportedAt > LINK_PAUSE_MS) {
      reportedAt = Date.now();
      report(`console: ${createLink()}`);
    }
    return reply.code(410).send(expiredPage(REMEDY));
  });
  app.post('/links', (request, reply) => {
    const { consoleLinkToken } = config;
    const [, token = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (consoleLinkToken === undefined || !isEqual(token, consoleLinkToken))
      throw new AccessError(401, 'A new link requires the secret OPS_CONSOLE_LINK_TOKEN.');
    return sendLink(reply, createLink());
  });
}

function sendLink(reply: FastifyReply, link: string): FastifyReply {
  return reply.send({ link });
}

function isEqual(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
