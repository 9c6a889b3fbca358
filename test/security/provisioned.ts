import { randomBytes } from 'node:crypto';

import { afterAll, inject } from 'vitest';

import { type Service, services } from '#contracts';
import { applyTopology, deriveTopology } from '#messaging';
import { provisionDatabase } from '#runtime';
import * as inventory from '../../apps/inventory/src/persistence/migrations.js';
import * as order from '../../apps/order/src/persistence/migrations.js';
import * as payment from '../../apps/payment/src/persistence/migrations.js';
import { grantBrokerPermissions, ensureBrokerUsers, parseVhost } from '../../tools/provision/broker-users.js';
import { ensureDatabases } from '../../tools/provision/database-roles.js';
import { Databases } from '../../tools/local/databases.js';
import {
  BROKER_USERS,
  type ShopCredentials,
  generateCredentials,
  provisioningEnv,
  roleNames,
  ROLES,
} from '../../tools/provision/credentials.js';
import { loadPlan, type Plan } from '../../tools/provision/plan.js';
import { VirtualHosts } from '../../tools/local/virtual-hosts.js';

/** The result of provisioning, without services. */
export interface Provisioned {
  readonly logins: ShopCredentials;
  /** URLs of the administrators. */
  readonly rabbitmqUrl: string;
  readonly databaseUrls: Readonly<Record<Service, string>>;
}

/** The migrations and privileges of each service. */
export const databases = { order, inventory, payment };

/** Provisions users, virtual host and topology for one spec file. Call it while tests are collected. */
export async function provisionedBroker(): Promise<Provisioned & { readonly plan: Plan }> {
  const provisioned = await createNames();
  const plan = loadPlan(provisioningVariables(provisioned));
  const { name, ...rest } = provisioned;
  afterAll(() =>
    new VirtualHosts(inject('brokerAccess')).dropUsers(BROKER_USERS.map((user) => `${name}-${user}`)),
  );
  const vhost = parseVhost(plan.rabbitmqUrl);
  // Twice, as before each deployment.
  for (const _ of [1, 2]) {
    await ensureBrokerUsers(plan.management!, vhost, plan.users);
    await applyTopology(plan.rabbitmqUrl, deriveTopology(plan.topology));
    await grantBrokerPermissions(plan.management!, vhost, plan.users);
  }
  return { ...rest, plan };
}

/** Provisions roles, databases, tables and privileges for one spec file. Call it while tests are collected. */
export async function provisionedDatabases(): Promise<Provisioned> {
  const provisioned = await createNames();
  const { name, logins, ...rest } = provisioned;
  const plan = loadPlan(provisioningVariables(provisioned));
  const access = inject('databaseAccess');
  afterAll(async () => {
    const server = new Databases(access);
    for (const service of services) await server.drop(`${name}_${service}`);
    await server.dropRoles(ROLES.map(roleNames(name, access)));
  });
  // Twice, as before each deployment.
  for (const _ of [1, 2]) {
    const [server] = plan.databaseServers;
    await ensureDatabases(server!.url, server!.databases);
    for (const [index, service] of services.entries()) {
      const { owner: _owner, database: _database, ...roles } = server!.databases[index]!;
      await provisionDatabase({
        ...databases[service],
        ownerUrl: logins.ownerUrls[service],
        grantees: {
          service: roles.service.name,
          auditor: roles.auditor?.name,
          operator: roles.operator?.name,
        },
      });
    }
  }
  return { logins, ...rest };
}

async function createNames(): Promise<Provisioned & { readonly name: string }> {
  const name = `sec_${randomBytes(4).toString('hex')}`;
  const [database, broker] = [inject('databaseAccess'), inject('brokerAccess')];
  const virtualHosts = new VirtualHosts(broker);
  afterAll(() => virtualHosts.drop(name));
  const rabbitmqUrl = await virtualHosts.create(name);
  const server = new Databases(database);
  const databaseUrls = Object.fromEntries(
    services.map((service) => [service, server.url(`${name}_${service}`)]),
  ) as Record<Service, string>;
  const logins = generateCredentials(name, { broker, rabbitmqUrl, database, databaseUrls });
  return { name, logins, rabbitmqUrl, databaseUrls };
}

function provisioningVariables({ logins }: Provisioned): Record<string, string> {
  return provisioningEnv(logins, inject('databaseAccess'), inject('brokerAccess'));
}
