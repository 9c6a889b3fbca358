import { type ChannelModel, connect } from 'amqplib';
import { eventContracts, subscriptions } from '#contracts';
import { ManagementApi, brokerUrlOptions, deriveTopology, type Topology } from '#messaging';
import type { OpsConfig } from './config.js';
import { missingVariable } from './command-context.js';
import { RefusedError } from './terminal.js';

/** @throws RefusedError when OPS_RABBITMQ_URL is not set */
export function brokerUrl({ rabbitmqUrl }: OpsConfig): string {
  if (rabbitmqUrl === undefined) throw missingVariable('RABBITMQ_URL');
  return rabbitmqUrl;
}

/** Undefined when OPS_RABBITMQ_MANAGEMENT_URL is not set; bindings, arguments and unacknowledged messages are then unknown. */
export function createManagementApi(config: OpsConfig): ManagementApi | undefined {
  const { rabbitmqManagementUrl } = config;
  if (rabbitmqManagementUrl === undefined) return undefined;
  return new ManagementApi(rabbitmqManagementUrl, brokerUrl(config));
}

/** The topology that the contracts and subscriptions of this version need. */
export function desiredTopology({ partitions }: OpsConfig): Topology {
  return deriveTopology({ contracts: Object.values(eventContracts), subscriptions, partitions });
}

/** Runs `work` with a connection to the broker and closes it. @throws RefusedError when the broker is unavailable */
export async function withConnection<Result>(
  config: OpsConfig,
  work: (connection: ChannelModel) => Promise<Result>,
): Promise<Result> {
  const url = brokerUrl(config);
  const options = { timeout: 10_000, ...brokerUrlOptions(url) };
  const connection = await connect(url, options).catch(throwUnreachable);
  connection.on('error', () => {}); // the pending call rejects as well
  try {
    return await work(connection);
  } finally {
    await connection.close().catch(() => {});
  }
}

function throwUnreachable(error: Error): never {
  throw new RefusedError(`the broker is unavailable: ${error.message}`, 2, { cause: error });
}
