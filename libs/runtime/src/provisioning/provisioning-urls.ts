import { z } from 'zod';
import { loadPartialConfig, url } from '#config';

const serviceSchema = z.object({
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
 * @param env default: the environment of the process
 * @throws ConfigurationError
 */
export function loadProvisioningUrls(service: string, env?: NodeJS.ProcessEnv): ProvisioningUrls {
  const prefix = service.toUpperCase();
  const { databaseUrl, databaseOwnerUrl, rabbitmqUrl } = loadPartialConfig(prefix, serviceSchema, env);
  return {
    databaseUrl,
    ownerUrl: databaseOwnerUrl ?? databaseUrl,
    rabbitmqUrl,
    auditorUrl: loadReaderUrl(`AUDIT_${prefix}`, env),
    operatorUrl: loadReaderUrl(`OPS_${prefix}`, env),
  };
}

function loadReaderUrl(prefix: string, env?: NodeJS.ProcessEnv): string | undefined {
  return loadPartialConfig(prefix, z.object({ DATABASE_URL: url('postgres').optional() }), env).databaseUrl;
}
