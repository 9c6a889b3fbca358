import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Scope } from './policy.js';

/** The verified sender of a request. */
export interface Caller {
  /** The claim `sub` of the token: 1 to 64 characters. */
  readonly sub: string;
  /** The scopes that the token grants; other scopes of the token are ignored. */
  readonly scopes: ReadonlySet<Scope>;
  /** The claim `exp` of the token, in ms since the epoch. */
  readonly expiresAtMs: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `guardRoutes` before the body is read; undefined on a public route. */
    caller: Caller | undefined;
  }
}

/**
 * Parameter decorator of a handler: `@CurrentCaller() caller: Caller`.
 *
 * @throws Error on a public route, which has no caller
 */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new Error('a public route has no caller');
  return caller;
});
