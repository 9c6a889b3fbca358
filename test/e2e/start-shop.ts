import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import type { AccessKey } from '#access';
import { Databases } from '../../tools/local/databases.js';
import { type LocalShop, type LocalShopOptions, startLocalShop } from '../../tools/local/shop.js';
import { createRunFolder, removeRunFolder } from '../../tools/local/run-folder.js';
import { VirtualHosts } from '../../tools/local/virtual-hosts.js';
import { type DatabaseAccess, type BrokerAccess } from '../../tools/provision/access.js';
import { type ServiceName, type ProcessName, serviceNames } from '../../tools/client/api-types.js';

const { ORDER_URL, INVENTORY_URL, PAYMENT_URL, GATEWAY_URL, RABBITMQ_URL, ACCESS_KEY } = process.env;

/** Whether the tests run against an external shop, without access to its databases and processes. */
export const isExternal = ORDER_URL !== undefined;

/** Why some tests cannot run against an external shop. */
export const NEEDS_OWN_SHOP = 'reads databases or stops processes: needs an own shop, not an external one';

/** The addresses of a running shop; plain data, so that Vitest can pass it to another process. */
export interface ShopAddress {
  readonly urls: Readonly<Record<ProcessName, string>>;
  /** With the administrator. */
  readonly rabbitmqUrl: string;
  /** With the broker user of each service. */
  readonly brokerUrls: Readonly<Record<ServiceName, string>>;
  /** Signs tokens; of an external shop `ACCESS_KEY`, the content of `OPS_ACCESS_KEY`. */
  readonly accessKey: AccessKey;
  /** Undefined for an external shop. */
  readonly internals?: {
    readonly databaseUrls: Readonly<Record<ServiceName, string>>;
    readonly auditSources: LocalShop['auditSources'];
    readonly logFiles: readonly string[];
  };
}

/** Starts four processes with new databases and a new virtual host. */
export async function startShop(
  databaseAccess: DatabaseAccess,
  brokerAccess: BrokerAccess,
  options: Pick<LocalShopOptions, 'env' | 'rewriteUrl'> = {},
): Promise<{ platform: LocalShop; address: ShopAddress; stop: () => Promise<void> }> {
  const run = await createRunFolder();
  const name = `e2e_${randomBytes(4).toString('hex')}`;
  const platform = await startLocalShop({
    databases: new Databases(databaseAccess),
    virtualHosts: new VirtualHosts(brokerAccess),
    folder: run.path,
    name,
    ...options,
  });
  const { processes, rabbitmqUrl, databaseUrls, brokerUrls, accessKey, auditSources } = platform;
  const urls = Object.fromEntries(Object.values(processes).map((process) => [process.name, process.url]));
  const logFiles = Object.keys(processes).map((process) => join(run.path, `${name}-${process}.log`));
  return {
    platform,
    address: {
      urls: urls as Record<ProcessName, string>,
      rabbitmqUrl,
      brokerUrls,
      accessKey,
      internals: { databaseUrls, auditSources, logFiles },
    },
    stop: async () => {
      await platform.stop();
      await removeRunFolder(run);
    },
  };
}

/** The external shop, by the variables of the environment. @throws Error when a variable is missing */
export function externalAddress(): ShopAddress {
  const given = (name: string, value: string | undefined): string => {
    if (value === undefined) throw new Error(`ORDER_URL is set, so ${name} must be set too`);
    return value.replace(/\/$/, '');
  };
  return {
    urls: {
      order: given('ORDER_URL', ORDER_URL),
      inventory: given('INVENTORY_URL', INVENTORY_URL),
      payment: given('PAYMENT_URL', PAYMENT_URL),
      'gateway-simulator': given('GATEWAY_URL', GATEWAY_URL),
    },
    accessKey: JSON.parse(given('ACCESS_KEY', ACCESS_KEY)) as AccessKey,
    rabbitmqUrl: given('RABBITMQ_URL', RABBITMQ_URL),
    brokerUrls: mapServices((service) =>
      given('RABBITMQ_URL', process.env[`${service.toUpperCase()}_RABBITMQ_URL`] ?? RABBITMQ_URL),
    ),
  };
}

function mapServices(make: (service: ServiceName) => string): Record<ServiceName, string> {
  return Object.fromEntries(serviceNames.map((service) => [service, make(service)])) as Record<
    ServiceName,
    string
  >;
}
