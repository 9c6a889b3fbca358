import type { FastifyInstance } from 'fastify';
import { ProblemException } from './problem.js';
import { problemTypeOfStatus } from './problem-type.js';

const type = problemTypeOfStatus(405);

/**
 * Responds with 405 and `Allow` to a known path under an unknown method; Fastify itself would respond with 404. Call it
 * before any route is registered: it records the routes.
 */
export function respondMethodNotAllowed(fastify: FastifyInstance): void {
  const routes: { path: RegExp; methods: readonly string[] }[] = [];
  fastify.addHook('onRoute', ({ url, method }) => {
    if (!url.includes('*')) routes.push({ path: toPathPattern(url), methods: [method].flat() });
  });
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (!request.is404) return done();
    const path = request.url.split('?')[0] ?? '';
    const allowed = routes.filter((route) => route.path.test(path)).flatMap((route) => route.methods);
    if (allowed.length === 0) return done();
    const allow = [...new Set(allowed)].sort().join(', ');
    done(new ProblemException({ type, detail: `This path allows ${allow}.`, headers: { allow } }));
  });
}

/** The pattern of a route: `/orders/:id` matches `/orders/17` and not `/orders/17/cancel`. */
function toPathPattern(url: string): RegExp {
  const literal = url.replace(/[.+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replace(/:\w+/g, '[^/]+')}$`);
}
