import { z } from 'zod';
import { type Config, integer, loadConfig, text, url } from '#config';

const variables = z.object({
  ORDER_DATABASE_URL: url('postgres').optional(),
  INVENTORY_DATABASE_URL: url('postgres').optional(),
  PAYMENT_DATABASE_URL: url('postgres').optional(),
  /** The payment service, which alone decides about payments. */
  PAYMENT_URL: url('http').optional(),
  /** The broker, with its virtual host, as a user that may see, and for changes configure, what is in it. */
  RABBITMQ_URL: url('amqp').optional(),
  /** Its management API; credentials in it, or else those of the broker's URL. */
  RABBITMQ_MANAGEMENT_URL: url('http').optional(),
  /** Queues per consumer, as they are to be. */
  PARTITIONS: integer({ min: 1, max: 16 }).default(4),
  /** `host:port` at which PostgreSQL and RabbitMQ's pages are reached where those who read `ops credentials` sit. */
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
