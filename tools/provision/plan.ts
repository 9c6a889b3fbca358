import { z } from 'zod';
import {
  type Config,
  ConfigurationError,
  durationMs,
  integer,
  loadConfig,
  loadPartialConfig,
  url,
} from '#config';
import { eventContracts, type Service, services, subscriptions } from '#contracts';
import {
  type BrokerPermissionsOptions,
  type BrokerRole,
  type BrokerUser,
  deriveBrokerPermissions,
} from '#messaging';
import { loadProvisioningUrls, ProvisioningError, type ProvisioningUrls } from '#runtime';
import { parseCredentials, parseVhost } from './broker-users.js';
import type { DatabasePlan, Role } from './database-roles.js';
import type { ManagementAccess } from './rabbitmq-management.js';

const variables = z.object({
  /** The broker with its virtual host, as the provisioner. */
  RABBITMQ_URL: url('amqp'),
  /** The management API with an administrator's credentials. Default: users and permissions are not provisioned. */
  RABBITMQ_MANAGEMENT_URL: url('http').optional(),
  /** PostgreSQL as a superuser or a role with CREATEROLE and CREATEDB. Default: roles and databases are not provisioned. */
  POSTGRES_URL: url('postgres').optional(),
  /** The same for one service with a separate database server. Default: `POSTGRES_URL`. */
  ORDER_POSTGRES_URL: url('postgres').optional(),
  INVENTORY_POSTGRES_URL: url('postgres').optional(),
  PAYMENT_POSTGRES_URL: url('postgres').optional(),
  /** Partition queues per consumer. Default 4. */
  PARTITIONS: integer({ min: 1, max: 16 }).default(4),
  /** How long to wait for an unavailable server, in ms. Default 60,000. */
  WAIT_MS: durationMs({ min: 0, max: 3_600_000 }).default(60_000),
});

/** A database server, and the roles and databases planned on it. */
export interface DatabaseServer {
  /** The variable that holds `url`, for error messages. */
  readonly variable: string;
  /** URL of an administrator. */
  readonly url: string;
  readonly databases: readonly DatabasePlan[];
}

/** The desired state that provisioning applies, and the servers it applies it to. */
export interface Plan {
  readonly rabbitmqUrl: string;
  readonly management: ManagementAccess | undefined;
  /** Empty when broker users are managed elsewhere: no management API is configured. */
  readonly users: readonly BrokerUser[];
  readonly topology: BrokerPermissionsOptions;
  /** Empty when roles and databases are managed elsewhere: no administrator URL is configured. */
  readonly databaseServers: readonly DatabaseServer[];
  readonly waitMs: number;
}

/**
 * Loads the plan from `PROVISION_…` variables and the programs' URLs.
 *
 * @param includesUsers plan broker users even without a management API: for a definitions file
 * @throws {ConfigurationError} when a variable is missing or invalid
 * @throws {ProvisioningError} when two parties share a broker user, or use another virtual host
 */
export function loadPlan(env: NodeJS.ProcessEnv, includesUsers = false): Plan {
  const config = loadConfig('PROVISION', variables, env);
  const { rabbitmqUrl, partitions, waitMs } = config;
  const urls = services.map((service) => [service, loadProvisioningUrls(service, env)] as const);
  const topology = { contracts: Object.values(eventContracts), subscriptions, partitions };
  const management = parseManagementUrl(config.rabbitmqManagementUrl);
  return {
    rabbitmqUrl,
    management,
    users: management || includesUsers ? planBrokerUsers(rabbitmqUrl, urls, topology, env) : [],
    topology,
    databaseServers: planDatabaseServers(config, urls),
    waitMs,
  };
}

function parseManagementUrl(given: string | undefined): ManagementAccess | undefined {
  if (given === undefined) return undefined;
  const { origin, pathname, username, password } = new URL(given);
  if (username === '') {
    const problem = 'contains no credentials; expected http://administrator:password@host:15672';
    throw new ConfigurationError([{ variable: 'PROVISION_RABBITMQ_MANAGEMENT_URL', problem }]);
  }
  const access = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { url: origin + pathname.replace(/\/$/, ''), ...access };
}

function planBrokerUsers(
  rabbitmqUrl: string,
  urls: readonly (readonly [Service, ProvisioningUrls])[],
  topology: BrokerPermissionsOptions,
  env: NodeJS.ProcessEnv,
): BrokerUser[] {
  const privileges = new Map(deriveBrokerPermissions(topology).map((each) => [each.role, each]));
  const users = new Map<string, BrokerUser>();
  const add = (role: BrokerRole, url: string): void => {
    const credentials = parseCredentials(url);
    const existing = users.get(credentials.name);
    if (existing && existing.permissions.role !== role)
      throw new ProvisioningError(
        `${existing.permissions.role} and ${role} would both log in to the broker as ${credentials.name}: ` +
          'set a separate user for each, or unset PROVISION_RABBITMQ_MANAGEMENT_URL',
      );
    if (parseVhost(url) !== parseVhost(rabbitmqUrl))
      throw new ProvisioningError(
        `${role} uses the virtual host ${parseVhost(url)}, but PROVISION_RABBITMQ_URL names ${parseVhost(rabbitmqUrl)}`,
      );
    users.set(credentials.name, { credentials, permissions: privileges.get(role)! });
  };
  add('provisioner', rabbitmqUrl);
  for (const [service, { rabbitmqUrl: own }] of urls) add(service, own);
  for (const prefix of ['OPS', 'AUDIT']) {
    const { rabbitmqUrl: operatorUrl } = loadPartialConfig(
      prefix,
      z.object({ RABBITMQ_URL: url('amqp').optional() }),
      env,
    );
    if (operatorUrl !== undefined) add('operator', operatorUrl);
  }
  return [...users.values()];
}

/** The separate servers of single services, then the shared one with the remaining services. */
function planDatabaseServers(
  config: Config<typeof variables>,
  urls: readonly (readonly [Service, ProvisioningUrls])[],
): readonly DatabaseServer[] {
  const own = urls.flatMap(([service, ofService]) => {
    const url = config[`${service}PostgresUrl`];
    const variable = `PROVISION_${service.toUpperCase()}_POSTGRES_URL`;
    return url === undefined ? [] : [{ variable, url, databases: [planDatabase(ofService)] }];
  });
  const shared = urls.filter(([service]) => config[`${service}PostgresUrl`] === undefined);
  if (config.postgresUrl === undefined || shared.length === 0) return own;
  const databases = shared.map(([, ofService]) => planDatabase(ofService));
  return [...own, { variable: 'PROVISION_POSTGRES_URL', url: config.postgresUrl, databases }];
}

function planDatabase({ databaseUrl, ownerUrl, auditorUrl, operatorUrl }: ProvisioningUrls): DatabasePlan {
  return {
    database: decodeURIComponent(new URL(databaseUrl).pathname.slice(1)),
    owner: parseRole(ownerUrl),
    service: parseRole(databaseUrl),
    auditor: auditorUrl === undefined ? undefined : parseRole(auditorUrl),
    operator: operatorUrl === undefined ? undefined : parseRole(operatorUrl),
  };
}

function parseRole(given: string): Role {
  const { username, password } = new URL(given);
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}
