import { connect } from 'node:net';

import { request } from '../../tools/client/http-request.js';

const PORT_VARIABLES =
  'ORDER_PORT, INVENTORY_PORT, PAYMENT_PORT, GATEWAY_PORT, POSTGRES_PORT, RABBITMQ_PORT, RABBITMQ_MANAGEMENT_PORT, ' +
  'RABBITMQ_PROMETHEUS_PORT; with TLS also RABBITMQ_TLS_PORT, RABBITMQ_MANAGEMENT_TLS_PORT';

/** Explains, in both languages, what to check while a part of the shop is not ready. */
export function startupHint(part: string): string {
  return [
    `Still waiting for ${part}. A slow machine may only need more time. Otherwise:`,
    '- "port is already allocated" or "address already in use": end the program that uses the port, or choose another:',
    `  ORDER_PORT=4000 docker compose up (variables: ${PORT_VARIABLES}).`,
    `- For other causes see docker compose ps -a and docker compose logs ${part}. Exit code 137 means too little memory:`,
    '  the containers need up to 1.5 GB.',
    'Then run docker compose up again: it continues where it stopped.',
    `还在等待 ${part}。如果提示端口被占用，请换一个端口（例如 ORDER_PORT=4000 docker compose up）；其他原因见`,
    `docker compose logs ${part}。排除之后再次运行 docker compose up，即从断点继续。`,
  ].join('\n');
}

/**
 * Returns the first part that is not ready, in start order; undefined when all are ready.
 *
 * @param services the services' URLs by name
 * @param brokerPort RabbitMQ's AMQP port, with or without TLS
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
