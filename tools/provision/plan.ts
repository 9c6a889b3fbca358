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
  /** The broker with its virtual host, as the user that may configure it. */
  RABBITMQ_URL: url('amqp'),
  /** The broker's management API, with an administrator's credentials in it: then users and permissions are made. */
  RABBITMQ_MANAGEMENT_URL: url('http').optional(),
  /** A PostgreSQL as a superuser, or a role with CREATEROLE and CREATEDB: then roles and databases are made. */
  POSTGRES_URL: url('postgres').optional(),
  /** The same for one service, whose database is on a server of its own. */
  ORDER_POSTGRES_URL: url('postgres').optional(),
  INVENTORY_POSTGRES_URL: url('postgres').optional(),
  PAYMENT_POSTGRES_URL: url('postgres').optional(),
  /** Queues per consumer. */
  PARTITIONS: integer({ min: 1, max: 16 }).default(4),
  /** How long to wait for a server that is away or still starting. */
  WAIT_MS: durationMs({ min: 0, max: 3_600_000 }).default(60_000),
});

/** A server on which roles and databases are to be made. */
export interface DatabaseServer {
  /** Which variable names it. */
  readonly variable: string;
  /** As an administrator. */
  readonly url: string;
  readonly databases: readonly DatabasePlan[];
}

/** Everything that provisioning is to make, and where. */
export interface Plan {
  readonly rabbitmqUrl: string;
  readonly management: ManagementAccess | undefined;
  /** Empty where they are somebody else's business. */
  readonly users: readonly BrokerUser[];
  readonly topology: BrokerPermissionsOptions;
  /** None where roles and databases are somebody else's business. */
  readonly databaseServers: readonly DatabaseServer[];
  readonly waitMs: number;
}

/**
 * @param forDefinitions whether users are wanted although there is no management API to make them with
 * @throws ConfigurationError, ProvisioningError
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
    const problem = 'has no credentials in it; expected http://administrator:password@host:15672';
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
          'give each a user of its own, or leave PROVISION_RABBITMQ_MANAGEMENT_URL out',
      );
    if (parseVhost(url) !== parseVhost(rabbitmqUrl))
      throw new ProvisioningError(
        `${role} would use the virtual host ${parseVhost(url)}, and PROVISION_RABBITMQ_URL names ${parseVhost(rabbitmqUrl)}`,
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

/** The server of each service that has one of its own, and the one that is everybody else's. */
function planDatabaseServers(
  config: Config<typeof variables>,
  urls: readonly (readonly [Service, ProvisioningUrls])[],
): readonly DatabaseServer[] {
  const own = urls.flatMap(([service, ofService]) => {
    const url = config[`${service}PostgresUrl`];
    const variable = `PROVISION_${service.toUpperCase()}_POSTGRES_URL`;
    return url === undefined ? [] : [{ variable, url, databases: [planDatabase(ofService)] }];
  });
  const others = urls.filter(([service]) => config[`${service}PostgresUrl`] === undefined);
  if (config.postgresUrl === undefined || others.length === 0) return own;
  const databases = others.map(([, ofService]) => planDatabase(ofService));
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
