import 'reflect-metadata';
import type { Ingress } from 'kubernetes-types/networking/v1.js';
import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { expect, test } from 'vitest';

import { HealthController } from '#http';
import { OrdersController } from '../../apps/order/src/http/orders.controller.js';
import { ProductsController } from '../../apps/order/src/http/products.controller.js';
import { loadManifests } from './load-manifests.js';

const ingress = loadManifests('production').find(({ kind }) => kind === 'Ingress') as unknown as Ingress;

/** The routes of a controller: `GET /orders/:id`. */
function listRoutes(controller: Type): string[] {
  const base = String(Reflect.getMetadata(PATH_METADATA, controller));
  const prototype = controller.prototype as Record<string, object>;
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  return names.flatMap((name) => {
    const handler = prototype[name]!;
    const path = Reflect.getMetadata(PATH_METADATA, handler) as string | undefined;
    if (path === undefined) return [];
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number] ?? 'GET';
    return [`${method} /${[base, path].filter((part) => part !== '/').join('/')}`];
  });
}

function isPublished(route: string): boolean {
  const path = route.split(' ')[1]!;
  return ingress
    .spec!.rules!.flatMap(({ http }) => http!.paths)
    .some(({ path: published = '', pathType }) =>
      pathType === 'Exact' ? path === published : path === published || path.startsWith(`${published}/`),
    );
}

test('the Ingress publishes the customers’ routes only', () => {
  const controllers = [OrdersController, ProductsController, HealthController];
  const routes = controllers.flatMap((controller) => listRoutes(controller));
  expect(routes).toContain('PUT /products/:sku');
  expect(routes.filter(isPublished).sort()).toEqual([
    'GET /orders',
    'GET /orders/:id',
    'GET /orders/:id/events',
    'GET /products',
    'POST /orders',
    'POST /orders/:id/cancel',
  ]);
  expect(
    ['/operator/dead-letters', '/health/ready', '/metrics', '/docs'].filter((path) =>
      isPublished(`GET ${path}`),
    ),
  ).toEqual([]);
});

test('the Ingress accepts TLS only, on every host', () => {
  const { rules = [], tls = [] } = ingress.spec!;
  const hosts = tls.flatMap(({ hosts = [], secretName }) => (secretName === undefined ? [] : hosts));
  expect(rules.map(({ host }) => host)).toEqual(hosts);
  expect(ingress.metadata?.annotations?.['nginx.ingress.kubernetes.io/force-ssl-redirect']).toBe('true');
});
