import 'reflect-metadata';
import type { DynamicModule, Provider, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { createLocalJWKSet } from 'jose';

import {
  type AccessKey,
  CallerLimits,
  generateAccessKey,
  guardRoutes,
  type Policy,
  toJwks,
  TokenVerifier,
} from '#access';
import { type Service, services } from '#contracts';
import { createHttpApp } from '#http';
import { createLogger } from '#observability';
import type { RuntimeOptions } from '#runtime';
import { InventoryModule } from '../../apps/inventory/src/inventory.module.js';
import { OrderModule } from '../../apps/order/src/order.module.js';
import { PaymentModule } from '../../apps/payment/src/payment.module.js';

/** A route that Fastify serves. */
export interface Route {
  readonly method: string;
  /** `/orders/:id` */
  readonly path: string;
  readonly policy: Policy;
}

/** The HTTP side of a service: its routes, policies and guard, with handlers that fail when they are reached. */
export interface GuardedService {
  readonly app: NestFastifyApplication;
  readonly routes: readonly Route[];
}

const logger = createLogger({ service: 'test', level: 'silent' });
/** Signs the tokens of {@link startGuarded}. */
export const key: AccessKey = generateAccessKey();

/** The configuration only creates providers, which the stubs replace. */
function createModule(service: Service): DynamicModule {
  const config = { databaseUrl: 'postgres://host/database', gatewayUrl: 'http://host' };
  const options = { service, config, logger } as unknown as RuntimeOptions;
  const modules = { order: OrderModule, inventory: InventoryModule, payment: PaymentModule };
  return modules[service].forRoot(options as never);
}

/** The controllers of a module and of its imports. */
function listControllers(module: DynamicModule): Type[] {
  const imported = (module.imports ?? []).filter((each) => 'module' in each);
  return [...(module.controllers ?? []), ...imported.flatMap(listControllers)];
}

/**
 * Stands for a database or a use case: every member is a stub, and every call rejects, so an admitted request answers 500
 * and changes no row.
 */
const stub: object = new Proxy(() => {}, {
  get: (_, name) => (name === 'then' || typeof name === 'symbol' || /^on[A-Z]/.test(name) ? undefined : stub),
  apply: () => Promise.reject(new Error('the handler was reached')),
});

function stubDependencies(controllers: readonly Type[]): Provider[] {
  const types = controllers.flatMap(
    (controller) => (Reflect.getMetadata('design:paramtypes', controller) as unknown[] | undefined) ?? [],
  );
  const classes = new Set(types.filter((type) => typeof type === 'function' && type !== Array));
  return [...classes].map((provide) => ({ provide: provide as Type, useValue: stub }));
}

/** Starts the routes of a service without its servers; it does not listen. */
export async function startGuarded(service: Service): Promise<GuardedService> {
  const controllers = listControllers(createModule(service));
  class GuardedModule {}
  const routes: Route[] = [];
  const verifier = new TokenVerifier({
    keys: createLocalJWKSet(toJwks([key])),
    issuer: 'order-processing',
    audience: 'shop',
    scopesClaim: 'scope',
  });
  const limits = new CallerLimits({
    callerRequestsPerMinute: 1_000_000,
    callerConcurrencyMax: 1_000,
    rejectedTokensPerMinute: 1_000_000,
  });
  const app = await createHttpApp(
    { module: GuardedModule, controllers, providers: stubDependencies(controllers) },
    {
      config: { shutdownTimeoutMs: 1_000 },
      logger,
      title: service,
      description: service,
      guard: (fastify: FastifyInstance) => {
        guardRoutes(fastify, { verifier, limits, keysMissing: '' });
        fastify.addHook('onRoute', ({ method, url, config }) => {
          for (const each of [method].flat())
            routes.push({ method: each, path: url, policy: config?.door ?? [] });
        });
      },
    },
  );
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return { app, routes };
}

/** The routes of every service, without HEAD, in their order. */
export async function listRoutes(): Promise<ReadonlyMap<Service, readonly Route[]>> {
  const found = new Map<Service, readonly Route[]>();
  for (const service of services) {
    const { app, routes } = await startGuarded(service);
    found.set(
      service,
      routes.filter(({ method }) => method !== 'HEAD'),
    );
    await app.close();
  }
  return found;
}
