import { randomBytes } from 'node:crypto';

import { callManagement, type ManagementAccess } from '../provision/rabbitmq-management.js';
import type { ServerControl } from './server-process.js';
import { VirtualHosts } from './virtual-hosts.js';
import { type BrokerAccess } from '../provision/access.js';

/** A usable RabbitMQ broker: an external one, or one that this process started. */
export interface RabbitmqInstance {
  /** `external`: named by RABBITMQ_URL; only virtual hosts and users with the run's prefix are created or deleted. */
  kind: 'external' | 'local' | 'docker';
  /** Printed at the start: `RabbitMQ 3.10.8, local, 127.0.0.1:23456`. */
  description: string;
  access: BrokerAccess;
  virtualHosts: VirtualHosts;
  /** The port for AMQP over TLS; undefined when the broker accepts plain connections only. */
  amqpsPort?: number;
  /** Stops, kills and restarts the broker. Not for `external`. */
  server?: ServerControl;
  /** Runs `rabbitmqctl` on the broker: resource alarms have no HTTP API. Not for `external`. */
  rabbitmqctl?: (...args: string[]) => Promise<void>;
  /** `external`: deletes the run's virtual hosts and users. Otherwise: ends the broker. */
  close(): Promise<void>;
}

/**
 * Refreshes the message counts of the management API every second; RabbitMQ's default is 5–10 s. With 40 quorum
 * queues this costs 2 % of a core.
 */
const STATISTICS_ERL_ARGS = [
  '-rabbit collect_statistics_interval 1000',
  '-rabbit quorum_tick_interval 1000',
  '-rabbitmq_management sample_retention_policies [{global,[{60,1}]},{basic,[{60,1}]},{detailed,[{10,1}]}]',
].join(' ');

/**
 * Limits an AMQP frame to 8 KB, the smallest maximum that RabbitMQ 4.1 accepts. Properties and
 * headers fill one frame and amqplib decodes them recursively. In RabbitMQ's default 128 KB, nested headers overflow
 * the consumer's stack and close its connection on every delivery. Bodies span frames and may be larger.
 */
const FRAME_MAX_ERL_ARGS = '-rabbit frame_max 8192';

/** `RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS` for a broker that this process starts. */
export const BROKER_ERL_ARGS = `${STATISTICS_ERL_ARGS} ${FRAME_MAX_ERL_ARGS}`;

/** Administrator credentials with a random password, for a broker that is about to start. */
export function generateAdministrator(httpPort: number): ManagementAccess {
  const password = randomBytes(16).toString('hex');
  return { url: `http://127.0.0.1:${httpPort}`, user: 'order-processing', password };
}

/** Whether the broker accepts AMQP connections on `amqpPort`; the management API responds slightly earlier. */
export async function acceptsConnections(management: ManagementAccess, amqpPort: number): Promise<boolean> {
  return callManagement(management, 'GET', `/health/checks/port-listener/${amqpPort}`).then(
    () => true,
    () => false,
  );
}

/** Describes a running broker that this process started. */
export async function describeStartedBroker(
  kind: 'local' | 'docker',
  amqpPort: number,
  management: ManagementAccess,
  control: {
    prometheusPort: number;
    server: ServerControl;
    rabbitmqctl: (...args: string[]) => Promise<void>;
    close: () => Promise<void>;
  },
): Promise<RabbitmqInstance> {
  const overview = await callManagement<{ rabbitmq_version: string }>(management, 'GET', '/overview');
  const amqpUrl = `amqp://${management.user}:${management.password}@127.0.0.1:${amqpPort}`;
  const { prometheusPort, ...controls } = control;
  const prometheusUrl = `http://127.0.0.1:${prometheusPort}`;
  const access = { amqpUrl, management, prometheusUrl, namePrefix: '' };
  const place = kind === 'docker' ? 'in a container' : 'local';
  return {
    kind,
    description: `RabbitMQ ${overview.rabbitmq_version}, ${place}, 127.0.0.1:${amqpPort}`,
    access,
    virtualHosts: new VirtualHosts(access),
    ...controls,
  };
}
