import { z } from 'zod';
import { type Config, ConfigurationError, integer, loadConfig, url } from '#config';
import type { BrokerAccess } from './broker.js';
import type { AuditSources } from './sources.js';

const variables = z.object({
  ORDER_DATABASE_URL: url('postgres'),
  INVENTORY_DATABASE_URL: url('postgres'),
  PAYMENT_DATABASE_URL: url('postgres'),
  /** The payment gateway, for its own ledger. */
  GATEWAY_URL: url('http').optional(),
  /** The broker, with its virtual host. */
  RABBITMQ_URL: url('amqp').optional(),
  /** Its management API; credentials in it, or else those of the broker's URL. */
  RABBITMQ_MANAGEMENT_URL: url('http').optional(),
  /** Queues per consumer, as provisioned. */
  PARTITIONS: integer({ min: 1, max: 16 }).default(4),
});

/** `AUDIT_…` variables. @throws ConfigurationError */
export function loadSources(env: NodeJS.ProcessEnv): AuditSources {
  const config: Config<typeof variables> = loadConfig('AUDIT', variables, env);
  const { orderDatabaseUrl, inventoryDatabaseUrl, paymentDatabaseUrl, gatewayUrl } = config;
  return {
    databaseUrls: { order: orderDatabaseUrl, inventory: inventoryDatabaseUrl, payment: paymentDatabaseUrl },
    gatewayUrl,
    broker: toBrokerAccess(config),
  };
}

function toBrokerAccess({
  rabbitmqUrl,
  rabbitmqManagementUrl,
  partitions,
}: Config<typeof variables>): BrokerAccess | undefined {
  if (rabbitmqUrl) return { url: rabbitmqUrl, managementUrl: rabbitmqManagementUrl, partitions };
  if (rabbitmqManagementUrl === undefined) return undefined;
  const problem = 'is not set; it names the virtual host to ask the management API about';
  throw new ConfigurationError([{ variable: 'AUDIT_RABBITMQ_URL', problem }]);
}
