import { z } from 'zod';
import { type Config, ConfigurationError, durationMs, integer, loadConfig, loadSome, url } from '#config';
import { eventContracts, type Service, services, subscriptions } from '#contracts';
import { type BrokerRightsOptions, type BrokerRole, type BrokerUser, deriveBrokerRights } from '#messaging';
import { loadProvisioningUrls, ProvisioningFailed, type ProvisioningUrls } from '#runtime';
import { loginOf, vhostOf } from './broker-users.js';
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
  readonly topology: BrokerRightsOptions;
  /** None where roles and databases are somebody else's business. */
  readonly databaseServers: readonly DatabaseServer[];
  readonly waitMs: number;
}

/**
 * @param forDefinitions whether users are wanted although there is no management API to make them with
 * @throws ConfigurationError, ProvisioningFailed
 */
export function loadPlan(env: NodeJS.ProcessEnv, forDefinitions = false): Plan {
  const config = loadConfig('PROVISION', variables, env);
  const { rabbitmqUrl, partitions, waitMs } = config;
  const urls = services.map((service) => [service, loadProvisioningUrls(service, env)] as const);
  const topology = { contracts: Object.values(eventContracts), subscriptions, partitions };
  const management = managementOf(config.rabbitmqManagementUrl);
  return {
    rabbitmqUrl,
    management,
    users: management || forDefinitions ? brokerUsers(rabbitmqUrl, urls, topology, env) : [],
    topology,
    databaseServers: databaseServers(config, urls),
    waitMs,
  };
}

function managementOf(given: string | undefined): ManagementAccess | undefined {
  if (given === undefined) return undefined;
  const { origin, pathname, username, password } = new URL(given);
  if (username === '') {
    const problem = 'has no credentials in it; expected http://administrator:password@host:15672';
    throw new ConfigurationError([{ variable: 'PROVISION_RABBITMQ_MANAGEMENT_URL', problem }]);
  }
  const access = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { url: origin + pathname.replace(/\/$/, ''), ...access };
}

function brokerUsers(
  rabbitmqUrl: string,
  urls: readonly (readonly [Service, ProvisioningUrls])[],
  topology: BrokerRightsOptions,
  env: NodeJS.ProcessEnv,
): BrokerUser[] {
  const rights = new Map(deriveBrokerRights(topology).map((each) => [each.role, each]));
  const users = new Map<string, BrokerUser>();
  const add = (role: BrokerRole, url: string): void => {
    const login = loginOf(url);
    const known = users.get(login.name);
    if (known && known.rights.role !== role)
      throw new ProvisioningFailed(
        `${known.rights.role} and ${role} would both log in to the broker as ${login.name}: ` +
          'give each a user of its own, or leave PROVISION_RABBITMQ_MANAGEMENT_URL out',
      );
    if (vhostOf(url) !== vhostOf(rabbitmqUrl))
      throw new ProvisioningFailed(
        `${role} would use the virtual host ${vhostOf(url)}, and PROVISION_RABBITMQ_URL names ${vhostOf(rabbitmqUrl)}`,
      );
    users.set(login.name, { login, rights: rights.get(role)! });
  };
  add('provisioner', rabbitmqUrl);
  for (const [service, { rabbitmqUrl: own }] of urls) add(service, own);
  for (const prefix of ['OPS', 'AUDIT']) {
    const { rabbitmqUrl: looking } = loadSome(
      prefix,
      z.object({ RABBITMQ_URL: url('amqp').optional() }),
      env,
    );
    if (looking !== undefined) add('operator', looking);
  }
  return [...users.values()];
}

/** The server of each service that has one of its own, and the one that is everybody else's. */
function databaseServers(
  config: Config<typeof variables>,
  urls: readonly (readonly [Service, ProvisioningUrls])[],
): readonly DatabaseServer[] {
  const own = urls.flatMap(([service, ofService]) => {
    const url = config[`${service}PostgresUrl`];
    const variable = `PROVISION_${service.toUpperCase()}_POSTGRES_URL`;
    return url === undefined ? [] : [{ variable, url, databases: [databasePlan(ofService)] }];
  });
  const others = urls.filter(([service]) => config[`${service}PostgresUrl`] === undefined);
  if (config.postgresUrl === undefined || others.length === 0) return own;
  const databases = others.map(([, ofService]) => databasePlan(ofService));
  return [...own, { variable: 'PROVISION_POSTGRES_URL', url: config.postgresUrl, databases }];
}

function databasePlan({ databaseUrl, ownerUrl, auditorUrl, operatorUrl }: ProvisioningUrls): DatabasePlan {
  return {
    database: decodeURIComponent(new URL(databaseUrl).pathname.slice(1)),
    owner: roleIn(ownerUrl),
    service: roleIn(databaseUrl),
    auditor: auditorUrl === undefined ? undefined : roleIn(auditorUrl),
    operator: operatorUrl === undefined ? undefined : roleIn(operatorUrl),
  };
}

function roleIn(given: string): Role {
  const { username, password } = new URL(given);
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}
