import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import type { ServiceName } from '../client/api-types.js';
import { Databases } from '../local/databases.js';
import { type LocalShop, type LocalShopOptions, startLocalShop } from '../local/shop.js';
import { VirtualHosts } from '../local/virtual-hosts.js';
import {
  type EnvironmentServers,
  type ServerAccess,
  startOwnServers,
  useSharedServers,
} from './environment-servers.js';
import { Links } from './links.js';

export interface TestEnvironmentOptions {
  /** `own` starts servers that faults may crash; otherwise the shop uses running ones. Required. */
  readonly servers: 'own' | ServerAccess;
  /** Replicas of each service. Default 1. */
  readonly replicas?: Partial<Record<ServiceName, number>>;
  /** Further settings by process: `{ order: { ORDER_DEADLINE_MS: '2000' } }`. Default none. */
  readonly env?: NonNullable<LocalShopOptions['env']>;
  /** Whether a process that crashes is restarted. Default false. */
  readonly restartCrashed?: boolean;
  /** Receives a line for each server that starts. Default: no output. */
  readonly report?: (line: string) => void;
}

/** Servers, a provisioned shop and the links between them. */
export interface EnvironmentParts {
  readonly servers: EnvironmentServers;
  readonly platform: LocalShop;
  readonly links: Links;
  /** URL of the first order replica through the link `client–order`. */
  readonly linkedOrderUrl: string;
}

/** Starts the parts in their order; stops the started ones again if one fails. @throws ServerNotFoundError, ServerFailedError */
export async function startParts({
  servers: wanted,
  env,
  report = () => {},
}: TestEnvironmentOptions): Promise<EnvironmentParts> {
  const servers = await (wanted === 'own' ? startOwnServers(report) : useSharedServers(wanted));
  const links = new Links();
  try {
    const platform = await startLocalShop({
      databases: new Databases(servers.databaseAccess),
      virtualHosts: new VirtualHosts(servers.brokerAccess),
      folder: servers.folder,
      // On shared servers a unique name separates the databases and virtual hosts of shops.
      ...(servers.own === undefined && { name: `faults_${randomBytes(4).toString('hex')}` }),
      env: { ...env, 'gateway-simulator': gatewaySettings(servers.folder, env) },
      rewriteUrl: (url, from, to) => links.open(from, to, url),
    });
    const linkedOrderUrl = await links.open('client', 'order', platform.processes.order.url);
    return { servers, platform, links, linkedOrderUrl };
  } catch (error) {
    await links.close();
    await servers.stop();
    throw error;
  }
}

/** The ledger file lets the gateway keep its operations across a SIGKILL. */
function gatewaySettings(folder: string, env: TestEnvironmentOptions['env']): Record<string, string> {
  return { GATEWAY_LEDGER_FILE: join(folder, 'ledger.jsonl'), ...env?.['gateway-simulator'] };
}
