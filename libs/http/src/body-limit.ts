import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set by {@link BodyLimit}, in bytes. */
    bodyLimit?: number;
  }
}

/** Largest body of a route without {@link BodyLimit}, in bytes. */
const DEFAULT_BYTES = 1_024;
/** The key of `RouteConfig`, whose value Nest passes to Fastify as `config`. */
const ROUTE_CONFIG = '__fastify_route_config__';

/** Adds members to the Fastify config of a handler; `RouteConfig` alone would replace those of another decorator. */
export function addRouteConfig(config: object): MethodDecorator {
  return (target, name, descriptor) => {
    RouteConfig({ ...getRouteConfig(descriptor.value as object), ...config })(
      target,
      name as string,
      descriptor,
    );
  };
}

/** The Fastify config of a handler. */
export function getRouteConfig(handler: object): object {
  return (Reflect.getMetadata(ROUTE_CONFIG, handler) as object | undefined) ?? {};
}

/** Decorator of a handler: its largest request body, in bytes, up to 100 KB. Default 1 KB; a larger body gets 413. */
export function BodyLimit(bytes: number): MethodDecorator {
  return addRouteConfig({ bodyLimit: bytes });
}

/** Sets the limit of every route. Call it before any route is registered. */
export function limitBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    route.bodyLimit ??= route.config?.bodyLimit ?? DEFAULT_BYTES;
  });
}
