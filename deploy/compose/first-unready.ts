import { connect } from 'node:net';

import { request } from '../../tools/client/http-request.js';

const PORT_VARIABLES =
  'ORDER_PORT, INVENTORY_PORT, PAYMENT_PORT, GATEWAY_PORT, POSTGRES_PORT, RABBITMQ_PORT, RABBITMQ_MANAGEMENT_PORT, ' +
  'RABBITMQ_PROMETHEUS_PORT; with TLS also RABBITMQ_TLS_PORT, RABBITMQ_MANAGEMENT_TLS_PORT';

/** What somebody who waits for a part of the shop can do. */
export function startupHint(part: string): string {
  return [
    `Still waiting for ${part}. On a slow machine that may be all; otherwise:`,
    '- "port is already allocated" or "address already in use": another program has that port. Choose another, such as',
    `  ORDER_PORT=4000 docker-compose up (there are ${PORT_VARIABLES}), or end that program.`,
    `- docker-compose ps -a and docker-compose logs ${part} say what else it may be. Exit code 137 means too little memory:`,
    '  the containers may take 1.5 GB together.',
    'When the cause is gone, run docker-compose up again: it goes on where it stopped.',
    `还在等待 ${part}。如果提示端口被占用，请换一个端口（例如 ORDER_PORT=4000 docker-compose up）；其他原因见`,
    `docker-compose logs ${part}。排除之后再次运行 docker-compose up，即从断点继续。`,
  ].join('\n');
}

/**
 * The first part that is missing, in the order in which they are started; undefined when all are ready.
 *
 * @param services where each of them is, by its name
 * @param brokerPort where RabbitMQ listens, with TLS or without
 */
export async function findFirstUnready(
  services: Readonly<Record<string, string>>,
  brokerPort: number,
): Promise<string | undefined> {
  if (!(await acceptsConnections('postgres', 5432))) return 'postgres';
  if (!(await acceptsConnections('broker', brokerPort))) return 'rabbitmq';
  for (const [name, url] of Object.entries(services)) {
    if (!(await isReady(url))) return name;
  }
  return (await acceptsConnections('proxy', 3000)) ? undefined : 'proxy';
}

async function isReady(url: string): Promise<boolean> {
  return request(`${url}/health/ready`, { timeoutMs: 2_000 }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

function acceptsConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const settle = (isAccepted: boolean) => (): void => {
      socket.destroy();
      resolve(isAccepted);
    };
    socket.once('connect', settle(true)).once('timeout', settle(false)).once('error', settle(false));
  });
}
