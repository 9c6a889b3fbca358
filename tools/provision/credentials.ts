import { randomBytes } from 'node:crypto';
import { type Service, services } from '#contracts';
import { type DatabaseAccess, type BrokerAccess } from './access.js';

/** The URLs, with credentials, of every party of one shop. Each party has a separate user with least privilege. */
export interface ShopCredentials {
  /** Each service's database, as the service at run time. */
  readonly databaseUrls: Readonly<Record<Service, string>>;
  /** The broker, as the service at run time. */
  readonly brokerUrls: Readonly<Record<Service, string>>;
  /** Each service's database, as its owner, who runs migrations. */
  readonly ownerUrls: Readonly<Record<Service, string>>;
  /** Each service's database, read-only. */
  readonly auditorUrls: Readonly<Record<Service, string>>;
  /** Each service's database, as the operator. */
  readonly operatorUrls: Readonly<Record<Service, string>>;
  readonly operatorRabbitmqUrl: string;
  readonly provisionerRabbitmqUrl: string;
}

/**
 * Generates users, roles and new passwords for one shop. Names are the service's, prefixed with the shop's name if it
 * has one: users and roles are global to a server, and another shop may run on it.
 *
 * @param name of the shop; undefined if it is the only one
 * @param rabbitmqUrl the administrator's URL of the virtual host
 * @param databaseUrls the administrator's URLs of the databases
 */
export function generateCredentials(
  name: string | undefined,
  {
    broker,
    rabbitmqUrl,
    database,
    databaseUrls,
  }: {
    readonly broker: BrokerAccess;
    readonly rabbitmqUrl: string;
    readonly database: DatabaseAccess;
    readonly databaseUrls: Readonly<Record<Service, string>>;
  },
): ShopCredentials {
  const role = roleNames(name, database);
  // Users cannot be created without a management API: all parties share the given one.
  const user = (user: string): string =>
    broker.management
      ? withCredentials(rabbitmqUrl, `${broker.namePrefix}${name ? `${name}-` : ''}${user}`)
      : rabbitmqUrl;
  const auditor = generatePassword();
  const operator = generatePassword();
  const perService = <Value>(make: (service: Service) => Value): Record<Service, Value> =>
    Object.fromEntries(services.map((service) => [service, make(service)])) as Record<Service, Value>;
  return {
    databaseUrls: perService((service) => withCredentials(databaseUrls[service], role(service))),
    brokerUrls: perService(user),
    ownerUrls: perService((service) => withCredentials(databaseUrls[service], role(`${service}_owner`))),
    auditorUrls: perService((service) => withCredentials(databaseUrls[service], role('auditor'), auditor)),
    operatorUrls: perService((service) => withCredentials(databaseUrls[service], role('operator'), operator)),
    operatorRabbitmqUrl: user('operator'),
    provisionerRabbitmqUrl: user('provisioner'),
  };
}

/** The environment for the provisioning program: all parties' URLs, and the administrators'. */
export function provisioningEnv(
  credentials: ShopCredentials,
  { adminUrl }: DatabaseAccess,
  { management }: BrokerAccess,
): Record<string, string> {
  const ofServices = services.flatMap((service) => {
    const prefix = service.toUpperCase();
    return [
      [`${prefix}_DATABASE_URL`, credentials.databaseUrls[service]],
      [`${prefix}_DATABASE_OWNER_URL`, credentials.ownerUrls[service]],
      [`${prefix}_RABBITMQ_URL`, credentials.brokerUrls[service]],
      [`AUDIT_${prefix}_DATABASE_URL`, credentials.auditorUrls[service]],
      [`OPS_${prefix}_DATABASE_URL`, credentials.operatorUrls[service]],
    ];
  });
  return {
    ...(Object.fromEntries(ofServices) as Record<string, string>),
    OPS_RABBITMQ_URL: credentials.operatorRabbitmqUrl,
    PROVISION_RABBITMQ_URL: credentials.provisionerRabbitmqUrl,
    PROVISION_POSTGRES_URL: adminUrl,
    ...(management && {
      PROVISION_RABBITMQ_MANAGEMENT_URL: withCredentials(
        management.url,
        management.user,
        management.password,
      ),
    }),
  };
}

/** Names roles as {@link generateCredentials} does. */
export function roleNames(
  name: string | undefined,
  { namePrefix }: DatabaseAccess,
): (role: string) => string {
  return (role) => `${namePrefix}${name ? `${name}_` : ''}${role}`;
}

/** Every database role of a shop. */
export const ROLES = [...services.flatMap((service) => [service, `${service}_owner`]), 'auditor', 'operator'];

/** Every broker user of a shop. */
export const BROKER_USERS = [...services, 'operator', 'provisioner'];

function withCredentials(url: string, user: string, secret = generatePassword()): string {
  return Object.assign(new URL(url), { username: user, password: secret }).href;
}

function generatePassword(): string {
  return randomBytes(16).toString('hex');
}
