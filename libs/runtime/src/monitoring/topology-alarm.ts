import { eventContracts, subscriptions } from '#contracts';
import { type BrokerConnection, BrokerManagement, deriveTopology, neededBy, TopologyWatch } from '#messaging';
import type { RuntimeOptions } from '../messaging.js';

/** Watches what this version of the service needs of the broker. */
export function topologyWatch(
  { service, config, logger }: RuntimeOptions,
  connection: BrokerConnection,
): TopologyWatch {
  const { partitions, rabbitmqUrl, rabbitmqManagementUrl, topologyCheckEveryMs } = config;
  if (rabbitmqManagementUrl === undefined) {
    const variable = `${service.toUpperCase()}_RABBITMQ_MANAGEMENT_URL`;
    logger.info(`a missing binding will not be noticed here: ${variable} is not set`);
  }
  const contracts = Object.values(eventContracts);
  return new TopologyWatch({
    connection,
    wanted: neededBy(service, deriveTopology({ contracts, subscriptions, partitions })),
    management:
      rabbitmqManagementUrl === undefined
        ? undefined
        : new BrokerManagement(rabbitmqManagementUrl, rabbitmqUrl),
    everyMs: topologyCheckEveryMs,
  });
}
