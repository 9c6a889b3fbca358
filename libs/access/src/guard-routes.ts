import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { ProblemException } from '#http';
import type { Caller } from './caller.js';
import type { CallerLimits } from './limits.js';
import type { Policy } from './policy.js';
import { callerRefused, scopeMissing, tokenMissing, toRefusal } from './refusals.js';
import { TokenRejectedError, type TokenVerifier } from './token-verifier.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set by `@Door`. */
    door?: Policy;
  }
}

/** The settings of {@link guardRoutes}. */
export interface GuardOptions {
  /** Verifies tokens. Required; undefined refuses every token. */
  readonly verifier: TokenVerifier | undefined;
  /** Limits of callers and addresses. Required. */
  readonly limits: CallerLimits;
  /** Names the missing variables in the 401 of a service without keys. Required. */
  readonly keysMissing: string;
}

/** Paths that the framework registers without `@Door`: Swagger UI and the OpenAPI document. They contain no data. */
const DOCUMENTATION = /^\/docs(-json|\/|$)/;

/**
 * Checks every request before its body is read: token, caller, scope, limit. Call it before any route is registered.
 *
 * The start fails at a route without a policy. A refused request is logged at `warn` with address and reason, and
 * published by {@link callerRefused}; no log line contains the token.
 */
export function guardRoutes(fastify: FastifyInstance, options: GuardOptions): void {
  fastify.decorateRequest('caller', undefined);
  fastify.addHook('onRoute', requirePolicy);
  fastify.addHook('onRequest', (request, reply, done) => {
    const policy = request.is404 ? 'public' : request.routeOptions.config.door;
    if (policy === 'public') return done();
    const token = readToken(request);
    const cached = token === undefined ? undefined : options.verifier?.findCached(token);
    try {
      if (cached) {
        admit({ request, reply, policy, limits: options.limits }, cached);
        return done();
      }
    } catch (error) {
      return done(refuse(request, error));
    }
    authenticate(request, token, options)
      .then((caller) => admit({ request, reply, policy, limits: options.limits }, caller))
      .then(
        () => done(),
        (error: unknown) => done(refuse(request, toRefusal(error))),
      );
  });
}

function requirePolicy(route: RouteOptions): void {
  route.config ??= {};
  if (DOCUMENTATION.test(route.url)) route.config.door ??= 'public';
  if (route.config.door !== undefined) return;
  throw new Error(
    `${[route.method].flat().join(', ')} ${route.url} has no policy: add @Door('public') or @Door(scope) to its handler`,
  );
}

/** RFC 6750: the scheme is case-insensitive. */
function readToken({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

async function authenticate(
  request: FastifyRequest,
  token: string | undefined,
  { verifier, limits, keysMissing }: GuardOptions,
): Promise<Caller> {
  if (!verifier) throw tokenMissing(keysMissing);
  if (token === undefined) throw tokenMissing('This route requires a token, as Authorization: Bearer ….');
  limits.assertAddress(request.ip);
  try {
    return await verifier.verify(token);
  } catch (error) {
    if (error instanceof TokenRejectedError) limits.countRejected(request.ip);
    throw error;
  }
}

interface Admission {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly policy: Exclude<Policy, 'public'> | undefined;
  readonly limits: CallerLimits;
}

/** @throws ProblemException 403 or 429. An undefined policy admits no caller. */
function admit({ request, reply, policy = [], limits }: Admission, caller: Caller): void {
  if (!policy.some((scope) => caller.scopes.has(scope))) throw scopeMissing(policy);
  reply.raw.once('close', limits.start(caller.sub));
  request.caller = caller;
}

function refuse(request: FastifyRequest, error: unknown): Error {
  if (!(error instanceof ProblemException)) return error as Error;
  const { status, type, detail } = error.problem;
  callerRefused.publish({ status });
  const route = request.routeOptions.url;
  request.log.warn({ address: request.ip, status, type, reason: detail, route }, 'refused a request');
  return error;
}
