import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { buildOpenApi, type DescribedOperation, listOperations, type OpenApiDocument } from '#http';
import { createLogger } from '#observability';
import type { RuntimeOptions } from '#runtime';
import { about as aboutGateway } from '../../apps/gateway-simulator/src/about.js';
import { GatewayModule } from '../../apps/gateway-simulator/src/gateway.module.js';
import { about as aboutInventory } from '../../apps/inventory/src/about.js';
import { InventoryModule } from '../../apps/inventory/src/inventory.module.js';
import { about as aboutOrder } from '../../apps/order/src/about.js';
import { OrderModule } from '../../apps/order/src/order.module.js';
import { about as aboutPayment } from '../../apps/payment/src/about.js';
import { PaymentModule } from '../../apps/payment/src/payment.module.js';
import { type ProcessName, serviceNames } from '../client/api-types.js';

/** Every process with an OpenAPI document. */
export const describedProcesses: readonly ProcessName[] = [...serviceNames, 'gateway-simulator'];

/** The configuration only creates providers, which the descriptions do not use. */
function runtimeOptions(service: ProcessName): never {
  const config = { databaseUrl: 'postgres://host/database', gatewayUrl: 'http://host' };
  const options = { service, config, logger: createLogger({ service, level: 'silent' }) };
  return options as unknown as RuntimeOptions as never;
}

/** Title and description of the document, and the module with the controllers. */
const services = {
  order: { about: aboutOrder, module: OrderModule.forRoot(runtimeOptions('order')) },
  inventory: { about: aboutInventory, module: InventoryModule.forRoot(runtimeOptions('inventory')) },
  payment: { about: aboutPayment, module: PaymentModule.forRoot(runtimeOptions('payment')) },
  'gateway-simulator': { about: aboutGateway, module: GatewayModule.forRoot({ keysMax: 1 } as never) },
} satisfies Record<ProcessName, { readonly about: object; readonly module: DynamicModule }>;

/** The operations of a service, from the decorators of its controllers: no server is needed. */
export function describeOperations(process: ProcessName): readonly DescribedOperation[] {
  return listOperations(listControllers(services[process].module));
}

/** The OpenAPI document that a service serves at `/docs-json`. */
export function describeService(process: ProcessName): OpenApiDocument {
  return buildOpenApi(services[process].about, describeOperations(process));
}

/** The controllers of a module and of its imports, imports first, as Nest lists them. */
function listControllers(module: DynamicModule): Type[] {
  const imported = (module.imports ?? []).filter((each): each is DynamicModule => 'module' in each);
  return [...(module.controllers ?? []), ...imported.flatMap(listControllers)];
}
