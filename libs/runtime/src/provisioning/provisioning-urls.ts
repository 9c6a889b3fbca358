import { z } from 'zod';
import { loadPartialConfig, url } from '#config';

const serviceSchema = z.object({
  DATABASE_URL: url('postgres'),
  DATABASE_OWNER_URL: url('postgres').optional(),
  RABBITMQ_URL: url('amqp'),
});

/** The URLs of one service and of the programs around it. Provisioning creates the roles that they name. */
export interface ProvisioningUrls {
  /** The role of the running service. */
  readonly databaseUrl: string;
  /** The role that owns the tables: `<SERVICE>_DATABASE_OWNER_URL`. Default `databaseUrl`. */
  readonly ownerUrl: string;
  /** The broker user of the service. */
  readonly rabbitmqUrl: string;
  /** The role of the auditor: `AUDIT_<SERVICE>_DATABASE_URL`, if set. */
  readonly auditorUrl: string | undefined;
  /** The role of the operators: `OPS_<SERVICE>_DATABASE_URL`, if set. */
  readonly operatorUrl: string | undefined;
}

/**
 * Reads the URLs that provisioning needs from the variables of a service, `AUDIT_…` and `OPS_…`. Other variables of these
 * prefixes are not checked.
 *
 * @param env default: the environment of the process
 * @throws ConfigurationError when a URL is missing or unusable
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
