import { z } from 'zod';
import type { AccessKey } from '#access';
import { type Config, integer, loadConfig, secret, text, url, variable } from '#config';

const variables = z.object({
  ORDER_DATABASE_URL: url('postgres').optional(),
  INVENTORY_DATABASE_URL: url('postgres').optional(),
  PAYMENT_DATABASE_URL: url('postgres').optional(),
  /** The private key that signs the tokens of `ops token` and `ops payments`: a JWK, as `secrets` generates it. */
  ACCESS_KEY: variable('a private JWK with kid, d and kty', parseAccessKey).optional(),
  /** A token of an identity provider with the scope `operator`, for `ops payments` without ACCESS_KEY. */
  ACCESS_TOKEN: secret().optional(),
  /** URLs of the services, for `ops console`. Payment also performs the actions of `ops payments`. */
  ORDER_URL: url('http').optional(),
  INVENTORY_URL: url('http').optional(),
  PAYMENT_URL: url('http').optional(),
  /** The payment gateway, for `ops console`: its ledger, and the modes of the simulator. */
  GATEWAY_URL: url('http').optional(),
  /** Lets a program of the deployment request one-time links from `ops console`. Default: only its output has them. */
  CONSOLE_LINK_TOKEN: secret().optional(),
  /** The broker with its virtual host; `topology apply` and `prune` need a user with configure permission. */
  RABBITMQ_URL: url('amqp').optional(),
  /** The management API of the broker. Default credentials: those of RABBITMQ_URL. */
  RABBITMQ_MANAGEMENT_URL: url('http').optional(),
  /** Queues per consumer. */
  PARTITIONS: integer({ min: 1, max: 16 }).default(4),
  /** Addresses for `ops credentials`, as the operator's machine reaches the services, PostgreSQL and the management UI. */
  PUBLISHED_ORDER: url('http').optional(),
  PUBLISHED_INVENTORY: url('http').optional(),
  PUBLISHED_PAYMENT: url('http').optional(),
  PUBLISHED_POSTGRES: text('host:port').optional(),
  PUBLISHED_MANAGEMENT: text('host:port').optional(),
  /** Address of `ops console` in a browser, if it is not the address on which it listens. */
  PUBLISHED_CONSOLE: url('http').optional(),
  /** Name of the operator in the operator log. Default: the user of this machine. */
  OPERATOR: text('a name').optional(),
});

export type OpsConfig = Config<typeof variables>;

function parseAccessKey(given: string): AccessKey | undefined {
  try {
    const key = JSON.parse(given) as AccessKey;
    return [key.kid, key.d, key.kty].every((member) => typeof member === 'string') ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the `OPS_…` variables. @throws ConfigurationError */
export function loadOpsConfig(env: NodeJS.ProcessEnv): OpsConfig {
  return loadConfig('OPS', variables, env);
}
