import { type ChannelModel, connect } from 'amqplib';
import { eventContracts, subscriptions } from '#contracts';
import { ManagementApi, brokerUrlOptions, deriveTopology, type Topology } from '#messaging';
import type { OpsConfig } from './config.js';
import { missingVariable } from './command-context.js';
import { RefusedError } from './terminal.js';

/** @throws Refused when no broker is known */
export function brokerUrl({ rabbitmqUrl }: OpsConfig): string {
  if (rabbitmqUrl === undefined) throw missingVariable('RABBITMQ_URL');
  return rabbitmqUrl;
}

/** Undefined where none is known: then much cannot be seen. */
export function createManagementApi(config: OpsConfig): ManagementApi | undefined {
  const { rabbitmqManagementUrl } = config;
  if (rabbitmqManagementUrl === undefined) return undefined;
  return new ManagementApi(rabbitmqManagementUrl, brokerUrl(config));
}

/** What the contracts and subscriptions of this version come to. */
export function desiredTopology({ partitions }: OpsConfig): Topology {
  return deriveTopology({ contracts: Object.values(eventContracts), subscriptions, partitions });
}

/** Lends a connection to the broker. @throws Refused when there is none, or it breaks */
export async function withConnection<Result>(
  config: OpsConfig,
  work: (connection: ChannelModel) => Promise<Result>,
): Promise<Result> {
  const url = brokerUrl(config);
  const options = { timeout: 10_000, ...brokerUrlOptions(url) };
  const connection = await connect(url, options).catch(throwUnreachable);
  connection.on('error', () => {}); // also rejects the call under way
  try {
    return await work(connection);
  } finally {
    await connection.close().catch(() => {});
  }
}

function throwUnreachable(error: Error): never {
  throw new RefusedError(`the broker cannot be reached: ${error.message}`, 2, { cause: error });
}
