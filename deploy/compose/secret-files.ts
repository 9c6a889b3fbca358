import { type AccessKey, toJwks } from '#access';
import { services } from '#contracts';
import { brokerDefinitions, deriveTopology } from '#messaging';

import { parseVhost } from '../../tools/provision/broker-users.js';
import { loadPlan } from '../../tools/provision/plan.js';

export interface SecretOptions {
  /** Returns the password with this name, generating it on first use. Required. */
  getPassword(name: string): string;
  /** Signs tokens. Operators get it; services get its public part. Required. */
  readonly accessKey: AccessKey;
  /** The token that the banner shows. Required. */
  readonly welcomeToken: string;
  /** Whether the servers accept TLS only, as with compose.tls.yml. Default: false. */
  readonly usesTls?: boolean;
}

const VHOST = 'shop';
/** The CA certificate that deploy/tls/distribute-certificates.sh copies beside these files. */
const CA_FILE = '/run/secrets/shop/ca.pem';

/** The servers' addresses in the containers' network; in a cluster, `broker` resolves to all running nodes. */
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
const WITH_TLS: Servers = {
  postgres: { host: 'postgres:5432', query: `?sslmode=verify-full&sslrootcert=${CA_FILE}` },
  broker: { scheme: 'amqps', host: 'broker:5671', query: `?cacertfile=${CA_FILE}` },
  management: { scheme: 'https', host: 'broker:15671' },
};

/**
 * Returns the content of every file by `folder/name`. Each container has one folder, with one file per variable that
 * holds a secret or a URL with credentials. The file is named like the variable.
 */
export function secretFiles(options: SecretOptions): ReadonlyMap<string, string> {
  const { provision, operator, administrator, ofServices } = buildUrls(options);
  const plan = loadPlan(provision);
  const definitions = brokerDefinitions({
    vhost: parseVhost(plan.rabbitmqUrl),
    users: plan.users,
    topology: deriveTopology(plan.topology),
    administrator,
  });
  const files = new Map([
    ['postgres/password', options.getPassword('postgres')],
    ['rabbitmq/definitions.json', JSON.stringify(definitions, null, 2)],
    ['rabbitmq/erlang-cookie', options.getPassword('erlang cookie')],
    // `welcome` requests the link of the console with it, and has no other secret.
    ['console/OPS_CONSOLE_LINK_TOKEN', options.getPassword('console link')],
  ]);
  const add = (folder: string, urls: Readonly<Record<string, string>>): void => {
    for (const [variable, url] of Object.entries(urls)) files.set(`${folder}/${variable}`, url);
  };
  add('provision', provision);
  add('operator', operator);
  add('welcome', { WELCOME_TOKEN: options.welcomeToken });
  for (const service of services) add(service, ofServices[service] ?? {});
  return files;
}

/** Builds URLs with credentials, by server and user. */
function buildAddresses({ getPassword, usesTls = false }: SecretOptions) {
  const { postgres, broker, management } = usesTls ? WITH_TLS : PLAIN;
  const asUser = (user: string): string => `${user}:${getPassword(`broker ${user}`)}@`;
  return {
    database: (role: string, name: string, password = getPassword(`database ${role}`)): string =>
      `postgres://${role}:${password}@${postgres.host}/${name}${postgres.query}`,
    broker: (user: string): string =>
      `${broker.scheme}://${asUser(user)}${broker.host}/${VHOST}${broker.query}`,
    management: (user?: string): string =>
      `${management.scheme}://${user === undefined ? '' : asUser(user)}${management.host}`,
  };
}

function buildUrls(options: SecretOptions) {
  const { getPassword } = options;
  const { database, broker, management } = buildAddresses(options);
  const administrator = { name: 'administrator', password: getPassword('broker administrator') };

  const operator: Record<string, string> = {
    OPS_ACCESS_KEY: JSON.stringify(options.accessKey),
    OPS_RABBITMQ_URL: broker('operator'),
    OPS_RABBITMQ_MANAGEMENT_URL: management(),
    AUDIT_RABBITMQ_URL: broker('operator'),
    AUDIT_RABBITMQ_MANAGEMENT_URL: management(),
  };
  const provision: Record<string, string> = {
    PROVISION_RABBITMQ_URL: broker('provisioner'),
    PROVISION_RABBITMQ_MANAGEMENT_URL: management('administrator'),
    PROVISION_POSTGRES_URL: database('postgres', 'postgres', getPassword('postgres')),
  };
  const ofServices: Record<string, Record<string, string>> = {};
  for (const service of services) {
    const prefix = service.toUpperCase();
    provision[`${prefix}_DATABASE_URL`] = database(service, service);
    provision[`${prefix}_DATABASE_OWNER_URL`] = database(`${service}_owner`, service);
    provision[`${prefix}_RABBITMQ_URL`] = broker(service);
    operator[`OPS_${prefix}_DATABASE_URL`] = database('operator', service);
    operator[`AUDIT_${prefix}_DATABASE_URL`] = database('auditor', service);
    // Not the owner's URL: only the provisioner logs in as the owner.
    ofServices[service] = {
      ...pick(provision, [`${prefix}_DATABASE_URL`, `${prefix}_RABBITMQ_URL`]),
      // As operator: a service's user has no access to the management API's bindings.
      [`${prefix}_RABBITMQ_MANAGEMENT_URL`]: management('operator'),
      [`${prefix}_ACCESS_JWKS`]: JSON.stringify(toJwks([options.accessKey])),
    };
  }
  return { provision: { ...provision, ...pickRoleUrls(operator) }, operator, administrator, ofServices };
}

/** The URLs of operator and auditor, with which the provisioner creates their roles and user. */
function pickRoleUrls(operator: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(operator).filter(([variable]) => /_(?:DATABASE|RABBITMQ)_URL$/.test(variable)),
  );
}

function pick(urls: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, urls[name] ?? '']));
}
