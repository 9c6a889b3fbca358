import { createServer } from 'node:net';

/** Linux assigns ports from 32768 up to outgoing connections, so a server port there can collide with one. */
const PORT_MIN = 20_000;
const PORT_MAX = 32_767;
const allocated = new Set<number>();

/**
 * Returns a free TCP port of 127.0.0.1 below 32768, never the same one twice in a process.
 * Another process can still bind it before use: see {@link withFreePorts}.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN + 1));
    if (allocated.has(port) || !(await isPortFree(port))) continue;
    allocated.add(port);
    return port;
  }
}

/**
 * Runs `use` with free ports. If it fails and one of the ports is bound, retries once with new ports.
 * `use` must leave no listener when it fails.
 */
export async function withFreePorts<T>(count: number, use: (ports: number[]) => Promise<T>): Promise<T> {
  const ports = await freePorts(count);
  try {
    return await use(ports);
  } catch (error) {
    const free = await Promise.all(ports.map(isPortFree));
    if (free.every(Boolean)) throw error;
    return use(await freePorts(count));
  }
}

/** Whether a server can bind `port` at 127.0.0.1. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
