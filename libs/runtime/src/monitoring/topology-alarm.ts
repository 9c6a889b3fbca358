import { eventContracts, subscriptions } from '#contracts';
import {
  type BrokerConnection,
  ManagementApi,
  deriveTopology,
  topologyForService,
  DriftCheck,
} from '#messaging';
import type { RuntimeOptions } from '../messaging.js';

/**
 * Compares the broker with the queues, exchanges and bindings that this version of the service needs. Bindings are
 * compared only where `RABBITMQ_MANAGEMENT_URL` is set, because AMQP cannot list them.
 */
export function createDriftCheck(
  { service, config, logger }: RuntimeOptions,
  connection: BrokerConnection,
): DriftCheck {
  const { partitions, rabbitmqUrl, rabbitmqManagementUrl, topologyCheckIntervalMs } = config;
  if (rabbitmqManagementUrl === undefined) {
    const variable = `${service.toUpperCase()}_RABBITMQ_MANAGEMENT_URL`;
    logger.info(`missing bindings are not detected: ${variable} is not set`);
  }
  const contracts = Object.values(eventContracts);
  return new DriftCheck({
    connection,
    desired: topologyForService(service, deriveTopology({ contracts, subscriptions, partitions })),
    management:
      rabbitmqManagementUrl === undefined ? undefined : new ManagementApi(rabbitmqManagementUrl, rabbitmqUrl),
    intervalMs: topologyCheckIntervalMs,
  });
}
