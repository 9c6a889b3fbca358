import { randomBytes } from 'node:crypto';

import { callManagement, type ManagementAccess } from '../provision/rabbitmq-management.js';
import type { ServerControl } from './server-process.js';
import { VirtualHosts } from './virtual-hosts.js';
import { type BrokerAccess } from '../provision/access.js';

/** A RabbitMQ to work with. */
export interface RabbitmqInstance {
  /** `given`: somebody else's, in which we touch only virtual hosts and users with our prefix. */
  kind: 'external' | 'local' | 'docker';
  /** For the reader: `RabbitMQ 3.10.8, local, 127.0.0.1:23456`. */
  description: string;
  access: BrokerAccess;
  virtualHosts: VirtualHosts;
  /** Where it listens for TLS, if it does. */
  amqpsPort?: number;
  /** Only of one that is ours alone. */
  server?: ServerControl;
  /** Runs `rabbitmqctl` on it, for what has no other way in: alarms. Only of one that is ours alone. */
  rabbitmqctl?: (...args: string[]) => Promise<void>;
  /** Deletes what is ours (given), or ends the broker. */
  close(): Promise<void>;
}

/**
 * Makes the message counts of the management API at most about a second old; by default it is five to ten. With 40
 * quorum queues this costs 2 % of a core.
 */
const STATISTICS_ERL_ARGS = [
  '-rabbit collect_statistics_interval 1000',
  '-rabbit quorum_tick_interval 1000',
  '-rabbitmq_management sample_retention_policies [{global,[{60,1}]},{basic,[{60,1}]},{detailed,[{10,1}]}]',
].join(' ');

/**
 * Properties and headers of a message travel in one frame, and a client reads them by recursion: in the 128 KB that a
 * broker allows by default they can nest so deep that every reader's stack overflows, and its connection ends, however
 * often the message is delivered. 8 KB is what the protocol asks for at least; bodies are split, and may be larger.
 */
const FRAME_MAX_ERL_ARGS = '-rabbit frame_max 8192';

/** Arguments of the Erlang machine for a broker of ours. */
export const BROKER_ERL_ARGS = `${STATISTICS_ERL_ARGS} ${FRAME_MAX_ERL_ARGS}`;

/** An administrator with a password nobody knows, for a broker that is still to be started. */
export function generateAdministrator(httpPort: number): ManagementAccess {
  const password = randomBytes(16).toString('hex');
  return { url: `http://127.0.0.1:${httpPort}`, user: 'order-processing', password };
}

/** Whether the broker takes AMQP connections on its port; the management API is up a moment earlier. */
export async function acceptsConnections(management: ManagementAccess, amqpPort: number): Promise<boolean> {
  return callManagement(management, 'GET', `/health/checks/port-listener/${amqpPort}`).then(
    () => true,
    () => false,
  );
}

/** Describes a broker of our own that runs now. */
export async function describeStartedBroker(
  kind: 'local' | 'docker',
  amqpPort: number,
  management: ManagementAccess,
  control: {
    server: ServerControl;
    rabbitmqctl: (...args: string[]) => Promise<void>;
    close: () => Promise<void>;
  },
): Promise<RabbitmqInstance> {
  const overview = await callManagement<{ rabbitmq_version: string }>(management, 'GET', '/overview');
  const amqpUrl = `amqp://${management.user}:${management.password}@127.0.0.1:${amqpPort}`;
  const access = { amqpUrl, management, namePrefix: '' };
  const place = kind === 'docker' ? 'in a container' : 'local';
  return {
    kind,
    description: `RabbitMQ ${overview.rabbitmq_version}, ${place}, 127.0.0.1:${amqpPort}`,
    access,
    virtualHosts: new VirtualHosts(access),
    ...control,
  };
}
