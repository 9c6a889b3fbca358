import { services } from '#contracts';
import { brokerDefinitions, deriveTopology } from '#messaging';

import { vhostOf } from '../../stack/broker-users.js';
import { loadPlan } from '../../stack/provisioning-plan.js';

export interface Logins {
  /** The password of a role or user, by its name here; made where there is none yet. */
  passwordOf(who: string): string;
}

const VHOST = 'shop';
/** The names of the servers in the network of the containers; in a cluster `broker` is whichever node lives. */
const HOSTS = { postgres: 'postgres:5432', broker: 'broker:5672', management: 'broker:15672' };

/**
 * Every file, by folder and name: a folder for each container, in it one file for each variable that names a URL with a
 * password in it, called like the variable.
 */
export function secretFiles(logins: Logins): ReadonlyMap<string, string> {
  const { provision, operator, administrator } = urlsOf(logins);
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
  for (const service of services) add(service, ofService(service, provision));
  return files;
}

function urlsOf({ passwordOf }: Logins) {
  const database = (role: string, name: string): string =>
    `postgres://${role}:${passwordOf(`database ${role}`)}@${HOSTS.postgres}/${name}`;
  const broker = (user: string): string =>
    `amqp://${user}:${passwordOf(`broker ${user}`)}@${HOSTS.broker}/${VHOST}`;
  const administrator = { name: 'administrator', password: passwordOf('broker administrator') };

  const operator: Record<string, string> = {
    OPS_RABBITMQ_URL: broker('operator'),
    OPS_RABBITMQ_MANAGEMENT_URL: `http://${HOSTS.management}`,
    AUDIT_RABBITMQ_URL: broker('operator'),
    AUDIT_RABBITMQ_MANAGEMENT_URL: `http://${HOSTS.management}`,
  };
  const provision: Record<string, string> = {
    PROVISION_RABBITMQ_URL: broker('provisioner'),
    PROVISION_RABBITMQ_MANAGEMENT_URL: `http://administrator:${administrator.password}@${HOSTS.management}`,
    PROVISION_POSTGRES_URL: `postgres://postgres:${passwordOf('postgres')}@${HOSTS.postgres}/postgres`,
  };
  for (const service of services) {
    const prefix = service.toUpperCase();
    provision[`${prefix}_DATABASE_URL`] = database(service, service);
    provision[`${prefix}_DATABASE_OWNER_URL`] = database(`${service}_owner`, service);
    provision[`${prefix}_RABBITMQ_URL`] = broker(service);
    operator[`OPS_${prefix}_DATABASE_URL`] = database('operator', service);
    operator[`AUDIT_${prefix}_DATABASE_URL`] = database('auditor', service);
  }
  return { provision: { ...provision, ...rolesOf(operator) }, operator, administrator };
}

/** What the provisioner must know of those who look, to make them. */
function rolesOf(operator: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(operator).filter(([variable]) => !variable.includes('MANAGEMENT')),
  );
}

/** What a service itself logs in with; the owner of its tables is the provisioner's. */
function ofService(service: string, provision: Readonly<Record<string, string>>): Record<string, string> {
  const names = ['DATABASE_URL', 'RABBITMQ_URL'].map((name) => `${service.toUpperCase()}_${name}`);
  return Object.fromEntries(names.map((name) => [name, provision[name] ?? '']));
}
