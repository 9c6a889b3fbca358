import { z } from 'zod';
import { type Config, loadConfig, url } from '#config';

const ofService = z.object({
  DATABASE_URL: url('postgres'),
  DATABASE_OWNER_URL: url('postgres').optional(),
  RABBITMQ_URL: url('amqp'),
});

/** The URLs that the programs around one service use. Provisioning makes whom they name. */
export interface ProvisioningUrls {
  /** The service's own. */
  readonly databaseUrl: string;
  /** As whom tables are made: `<SERVICE>_DATABASE_OWNER_URL`, or where no roles are told apart the service's own. */
  readonly ownerUrl: string;
  readonly rabbitmqUrl: string;
  readonly auditorUrl: string | undefined;
  readonly operatorUrl: string | undefined;
}

/**
 * What provisioning reads of a service's variables, and of `AUDIT_…` and `OPS_…`. The rest of them it leaves to those
 * whose they are.
 *
 * @throws ConfigurationError
 */
export function loadProvisioningUrls(
  service: string,
  env: NodeJS.ProcessEnv = process.env,
): ProvisioningUrls {
  const prefix = service.toUpperCase();
  const { databaseUrl, databaseOwnerUrl, rabbitmqUrl } = loadSome(prefix, ofService, env);
  return {
    databaseUrl,
    ownerUrl: databaseOwnerUrl ?? databaseUrl,
    rabbitmqUrl,
    auditorUrl: readerUrl(`AUDIT_${prefix}`, env),
    operatorUrl: readerUrl(`OPS_${prefix}`, env),
  };
}

function readerUrl(prefix: string, env: NodeJS.ProcessEnv): string | undefined {
  return loadSome(prefix, z.object({ DATABASE_URL: url('postgres').optional() }), env).databaseUrl;
}

/** As `loadConfig`, without a word about other variables of the prefix. @throws ConfigurationError */
export function loadSome<Schema extends z.ZodObject>(
  prefix: string,
  schema: Schema,
  env: NodeJS.ProcessEnv,
): Config<Schema> {
  const names = Object.keys(schema.shape).flatMap((name) => [`${prefix}_${name}`, `${prefix}_${name}_FILE`]);
  const some = Object.fromEntries(names.map((name) => [name, env[name]]));
  return loadConfig(prefix, schema, some);
}
