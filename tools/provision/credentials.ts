import { randomBytes } from 'node:crypto';
import { type Service, services } from '#contracts';
import { type DatabaseAccess, type BrokerAccess } from './access.js';

/** What each party of one platform logs in with: everybody is somebody else, and may do no more than it must. */
export interface ShopCredentials {
  /** To its own database, as the service at run time. */
  readonly databaseUrls: Readonly<Record<Service, string>>;
  /** To the broker, as the service at run time. */
  readonly brokerUrls: Readonly<Record<Service, string>>;
  readonly ownerUrls: Readonly<Record<Service, string>>;
  readonly auditorUrls: Readonly<Record<Service, string>>;
  readonly operatorUrls: Readonly<Record<Service, string>>;
  readonly operatorRabbitmqUrl: string;
  readonly provisionerRabbitmqUrl: string;
}

/**
 * New passwords for one platform. Users and roles are named after the service, with the platform's own name in front
 * where it has one: they belong to a whole server, and another platform may run on it.
 *
 * @param name of the platform, or undefined for the only one
 * @param rabbitmqUrl names the virtual host, as the administrator
 * @param databaseUrls name the databases, as the administrator
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
  // Without a management API there are no users to be made: all share the one that was given.
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

/** What provisioning is to be told, so that it makes all of them: everybody's URLs, and the administrators'. */
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

/** The names of the roles that {@link generateCredentials} thinks of. */
export function roleNames(
  name: string | undefined,
  { namePrefix }: DatabaseAccess,
): (role: string) => string {
  return (role) => `${namePrefix}${name ? `${name}_` : ''}${role}`;
}

/** Every role of a platform. */
export const ROLES = [...services.flatMap((service) => [service, `${service}_owner`]), 'auditor', 'operator'];

/** Every user of a platform on the broker. */
export const BROKER_USERS = [...services, 'operator', 'provisioner'];

function withCredentials(url: string, user: string, secret = generatePassword()): string {
  return Object.assign(new URL(url), { username: user, password: secret }).href;
}

function generatePassword(): string {
  return randomBytes(16).toString('hex');
}
