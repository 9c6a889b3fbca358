import { z } from 'zod';
import { type Config, ConfigurationError, integer, loadConfig, url } from '#config';
import type { BrokerAccess } from './broker.js';
import type { AuditSources } from './sources.js';

const variables = z.object({
  ORDER_DATABASE_URL: url('postgres'),
  INVENTORY_DATABASE_URL: url('postgres'),
  PAYMENT_DATABASE_URL: url('postgres'),
  /** The payment gateway, for its ledger. Default: the ledger is not checked. */
  GATEWAY_URL: url('http').optional(),
  /** The broker with its virtual host. Default: queues are not counted. */
  RABBITMQ_URL: url('amqp').optional(),
  /** The management API. Default credentials: those of the broker's URL. Default: only ready messages are counted. */
  RABBITMQ_MANAGEMENT_URL: url('http').optional(),
  /** Partition queues per consumer, as provisioned. Default 4. */
  PARTITIONS: integer({ min: 1, max: 16 }).default(4),
});

/** Loads the `AUDIT_…` variables. @throws ConfigurationError when one is missing, invalid or unknown */
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
  const problem = 'is not set; it names the virtual host that AUDIT_RABBITMQ_MANAGEMENT_URL needs';
  throw new ConfigurationError([{ variable: 'AUDIT_RABBITMQ_URL', problem }]);
}
