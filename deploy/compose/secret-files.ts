import { services } from '#contracts';
import { brokerDefinitions, deriveTopology } from '#messaging';

import { vhostOf } from '../../tools/provision/broker-users.js';
import { loadPlan } from '../../tools/provision/plan.js';

export interface Logins {
  /** The password of a role or user, by its name here; made where there is none yet. */
  passwordOf(who: string): string;
  /** Whether the servers are reached over TLS alone, as compose.tls.yml has it. */
  readonly overTls?: boolean;
}

const VHOST = 'shop';
/** The authority that signed the servers' certificates, beside these files: deploy/tls/hand-out-certificates.sh. */
const AUTHORITY = '/run/secrets/shop/ca.pem';

/** The servers in the network of the containers; in a cluster `broker` is whichever node lives. */
interface Servers {
  readonly postgres: { readonly host: string; readonly query: string };
  readonly broker: { readonly scheme: string; readonly host: string; readonly query: string };
  readonly management: { readonly scheme: string; readonly host: string };
}

const PLAIN: Servers = {
  postgres: { host: 'postgres:5432', query: '' },
  broker: { scheme: 'amqp', host: 'broker:5672', query: '' },
  management: { scheme: 'http', host: 'broker:15672' },
};
const OVER_TLS: Servers = {
  postgres: { host: 'postgres:5432', query: `?sslmode=verify-full&sslrootcert=${AUTHORITY}` },
  broker: { scheme: 'amqps', host: 'broker:5671', query: `?cacertfile=${AUTHORITY}` },
  management: { scheme: 'https', host: 'broker:15671' },
};

/**
 * Every file, by folder and name: a folder for each container, in it one file for each variable that holds a
 * secret, or names a URL with one in it, called like the variable.
 */
export function secretFiles(logins: Logins): ReadonlyMap<string, string> {
  const { provision, operator, administrator, ofServices } = urlsOf(logins);
  const plan = loadPlan(provision);
  const definitions = brokerDefinitions({
    vhost: vhostOf(plan.rabbitmqUrl),
    users: plan.users,
    topology: deriveTopology(plan.topology),
    administrator,
  });
  const files = new Map([
    ['postgres/password', logins.passwordOf('postgres')],
    ['rabbitmq/definitions.json', JSON.stringify(definitions, null, 2)],
    ['rabbitmq/erlang-cookie', logins.passwordOf('erlang cookie')],
  ]);
  const add = (folder: string, urls: Readonly<Record<string, string>>): void => {
    for (const [variable, url] of Object.entries(urls)) files.set(`${folder}/${variable}`, url);
  };
  add('provision', provision);
  add('operator', operator);
  for (const service of services) add(service, ofServices[service] ?? {});
  return files;
}

/** How each server is reached by whom, password and all. */
function addressesOf({ passwordOf, overTls = false }: Logins) {
  const { postgres, broker, management } = overTls ? OVER_TLS : PLAIN;
  const asUser = (user: string): string => `${user}:${passwordOf(`broker ${user}`)}@`;
  return {
    database: (role: string, name: string, password = passwordOf(`database ${role}`)): string =>
      `postgres://${role}:${password}@${postgres.host}/${name}${postgres.query}`,
    broker: (user: string): string =>
      `${broker.scheme}://${asUser(user)}${broker.host}/${VHOST}${broker.query}`,
    management: (user?: string): string =>
      `${management.scheme}://${user === undefined ? '' : asUser(user)}${management.host}`,
  };
}

function urlsOf(logins: Logins) {
  const { passwordOf } = logins;
  const { database, broker, management } = addressesOf(logins);
  const administrator = { name: 'administrator', password: passwordOf('broker administrator') };

  const operator: Record<string, string> = {
    OPS_RABBITMQ_URL: broker('operator'),
    OPS_RABBITMQ_MANAGEMENT_URL: management(),
    AUDIT_RABBITMQ_URL: broker('operator'),
    AUDIT_RABBITMQ_MANAGEMENT_URL: management(),
  };
  const provision: Record<string, string> = {
    PROVISION_RABBITMQ_URL: broker('provisioner'),
    PROVISION_RABBITMQ_MANAGEMENT_URL: management('administrator'),
    PROVISION_POSTGRES_URL: database('postgres', 'postgres', passwordOf('postgres')),
  };
  const ofServices: Record<string, Record<string, string>> = {};
  for (const service of services) {
    const prefix = service.toUpperCase();
    provision[`${prefix}_DATABASE_URL`] = database(service, service);
    provision[`${prefix}_DATABASE_OWNER_URL`] = database(`${service}_owner`, service);
    provision[`${prefix}_RABBITMQ_URL`] = broker(service);
    operator[`OPS_${prefix}_DATABASE_URL`] = database('operator', service);
    operator[`AUDIT_${prefix}_DATABASE_URL`] = database('auditor', service);
    operator[`OPS_${prefix}_OPERATOR_TOKEN`] = passwordOf(`token ${service}`);
    // The owner of its tables is the provisioner's.
    ofServices[service] = {
      ...picked(provision, [`${prefix}_DATABASE_URL`, `${prefix}_RABBITMQ_URL`]),
      // Its own user would not be shown the bindings.
      [`${prefix}_RABBITMQ_MANAGEMENT_URL`]: management('operator'),
      [`${prefix}_OPERATOR_TOKEN`]: passwordOf(`token ${service}`),
    };
  }
  return { provision: { ...provision, ...rolesOf(operator) }, operator, administrator, ofServices };
}

/** What the provisioner must know of those who look, to make them. */
function rolesOf(operator: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(operator).filter(([variable]) => /_(?:DATABASE|RABBITMQ)_URL$/.test(variable)),
  );
}

function picked(urls: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, urls[name] ?? '']));
}
