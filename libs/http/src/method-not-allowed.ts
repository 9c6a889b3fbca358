import type { FastifyInstance } from 'fastify';
import { ProblemException } from './problem.js';

/**
 * Fastify answers 404 to a known path under another method. Keeps the routes as they are registered, and turns
 * such a 404 into 405 with `Allow`. Call before any route is registered.
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
    done(new ProblemException({ status: 405, detail: `This path answers ${allow}.`, headers: { allow } }));
  });
}

function toPathPattern(url: string): RegExp {
  const literal = url.replace(/[.+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replace(/:\w+/g, '[^/]+')}$`);
}
