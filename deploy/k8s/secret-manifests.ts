import { randomBytes } from 'node:crypto';

import { generateAccessKey, toJwks } from '#access';
import { type Service, services } from '#contracts';

import { generateCredentials, provisioningEnv } from '../../tools/provision/credentials.js';

/** The used subset of a Kubernetes Secret. */
export interface Secret {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly type: 'Opaque' | 'kubernetes.io/basic-auth';
  readonly stringData: Readonly<Record<string, string>>;
}

type Values = Readonly<Record<string, string>>;

const NAMESPACE = 'shop';
const RABBITMQ_URL = 'amqp://rabbitmq/shop';
const MANAGEMENT_URL = 'http://rabbitmq:15672';

/**
 * Generates every Secret that the manifests name, with new passwords. Each container mounts one Secret with only the
 * values it needs. A key is named like the variable that reads its file. The CA certificates of the databases are not
 * included: the PostgreSQL operator creates them.
 */
export function generateSecrets(): readonly Secret[] {
  const administrator = { user: 'administrator', password: generatePassword() };
  const { credentials, allUrls } = generateUrls(administrator);
  const superusers = perService((service) =>
    withCredentials(databaseUrl(service), 'postgres', generatePassword()),
  );
  const operator = parseCredentials(credentials.operatorRabbitmqUrl);
  const operatorManagementUrl = withCredentials(MANAGEMENT_URL, operator.username, operator.password);
  const accessKey = generateAccessKey();
  const jwks = JSON.stringify(toJwks([accessKey]));
  return [
    opaque('provision', {
      ...allUrls,
      ...addPrefix('PROVISION_', '_POSTGRES_URL', superusers),
    }),
    ...services.map((service) =>
      opaque(service, serviceValues(service, allUrls, operatorManagementUrl, jwks)),
    ),
    opaque('ops', {
      ...pick(allUrls, /^(?:OPS|AUDIT)_/),
      OPS_RABBITMQ_MANAGEMENT_URL: operatorManagementUrl,
      OPS_ACCESS_KEY: JSON.stringify(accessKey),
      AUDIT_RABBITMQ_URL: credentials.operatorRabbitmqUrl,
      AUDIT_RABBITMQ_MANAGEMENT_URL: operatorManagementUrl,
    }),
    opaque('rabbitmq-administrator', administratorValues(administrator)),
    opaque('keda', {
      host: operatorManagementUrl.replace('@rabbitmq:', `@rabbitmq.${NAMESPACE}.svc:`) + 'shop',
    }),
    ...services.flatMap((service) => [
      basicAuth(`${service}-postgres-superuser`, parseCredentials(superusers[service])),
      basicAuth(`${service}-postgres-owner`, parseCredentials(credentials.ownerUrls[service])),
    ]),
  ];
}

/** Generates all users and roles. `allUrls` holds their URLs by variable, without the shared database server's. */
function generateUrls(administrator: { readonly user: string; readonly password: string }) {
  const broker = {
    amqpUrl: RABBITMQ_URL,
    namePrefix: '',
    management: { url: MANAGEMENT_URL, ...administrator },
  };
  const database = { adminUrl: databaseUrl('order'), namePrefix: '' };
  const credentials = generateCredentials(undefined, {
    broker,
    rabbitmqUrl: RABBITMQ_URL,
    database,
    databaseUrls: perService(databaseUrl),
  });
  const { PROVISION_POSTGRES_URL: _shared, ...allUrls } = provisioningEnv(credentials, database, broker);
  return { credentials, allUrls };
}

/** A service's URLs of its servers, and the public keys of tokens. */
function serviceValues(
  service: Service,
  allUrls: Values,
  operatorManagementUrl: string,
  jwks: string,
): Values {
  const prefix = service.toUpperCase();
  return {
    ...pick(allUrls, new RegExp(`^${prefix}_(?:DATABASE|RABBITMQ)_URL$`)),
    [`${prefix}_RABBITMQ_MANAGEMENT_URL`]: operatorManagementUrl,
    [`${prefix}_ACCESS_JWKS`]: jwks,
  };
}

/** The administrator's credentials in the format of the RabbitMQ operator's default-user Secret. */
function administratorValues({
  user,
  password,
}: {
  readonly user: string;
  readonly password: string;
}): Values {
  return {
    'default_user.conf': `default_user = ${user}\ndefault_pass = ${password}\n`,
    username: user,
    password,
    host: `rabbitmq.${NAMESPACE}.svc`,
    port: '5672',
    provider: 'rabbitmq',
    type: 'rabbitmq',
  };
}

function databaseUrl(service: Service): string {
  const server = `${service}-postgres`;
  return `postgres://${server}-rw:5432/${service}?sslmode=verify-full&sslrootcert=/run/secrets/${server}-ca/ca.crt`;
}

function perService(make: (service: Service) => string): Record<Service, string> {
  return Object.fromEntries(services.map((service) => [service, make(service)])) as Record<Service, string>;
}

function addPrefix(before: string, after: string, values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [before + name.toUpperCase() + after, value]),
  );
}

function pick(values: Values, names: RegExp): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.test(name)));
}

function withCredentials(url: string, username: string, password: string): string {
  return Object.assign(new URL(url), { username, password }).href;
}

function parseCredentials(url: string): { readonly username: string; readonly password: string } {
  const { username, password } = new URL(url);
  return { username, password };
}

function opaque(name: string, stringData: Values): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: NAMESPACE },
    type: 'Opaque',
    stringData,
  };
}

function basicAuth(name: string, login: Values): Secret {
  return { ...opaque(name, login), type: 'kubernetes.io/basic-auth' };
}

function generatePassword(): string {
  return randomBytes(16).toString('hex');
}
