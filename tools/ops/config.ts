import { z } from 'zod';
import { type Config, integer, loadConfig, secret, text, url } from '#config';

const variables = z.object({
  ORDER_DATABASE_URL: url('postgres').optional(),
  INVENTORY_DATABASE_URL: url('postgres').optional(),
  PAYMENT_DATABASE_URL: url('postgres').optional(),
  /** What the services' REST interface for operators is opened with; for `ops credentials`, and payment's for acting on payments. */
  ORDER_OPERATOR_TOKEN: secret().optional(),
  INVENTORY_OPERATOR_TOKEN: secret().optional(),
  PAYMENT_OPERATOR_TOKEN: secret().optional(),
  /** The payment service, which alone decides about payments. */
  PAYMENT_URL: url('http').optional(),
  /** The broker, with its virtual host, as a user that may see, and for changes configure, what is in it. */
  RABBITMQ_URL: url('amqp').optional(),
  /** Its management API; credentials in it, or else those of the broker's URL. */
  RABBITMQ_MANAGEMENT_URL: url('http').optional(),
  /** Queues per consumer, as they are to be. */
  PARTITIONS: integer({ min: 1, max: 16 }).default(4),
  /** Where those who read `ops credentials` sit: URLs of the services, and `host:port` of PostgreSQL and RabbitMQ's pages. */
  PUBLISHED_ORDER: url('http').optional(),
  PUBLISHED_INVENTORY: url('http').optional(),
  PUBLISHED_PAYMENT: url('http').optional(),
  PUBLISHED_POSTGRES: text('host:port').optional(),
  PUBLISHED_MANAGEMENT: text('host:port').optional(),
  /** Who is at work; without it, the user of this machine. */
  OPERATOR: text('a name').optional(),
});

export type OpsConfig = Config<typeof variables>;

/** `OPS_…` variables. @throws ConfigurationError */
export function loadOpsConfig(env: NodeJS.ProcessEnv): OpsConfig {
  return loadConfig('OPS', variables, env);
}
