import { createServer } from 'node:net';

/** Ports from 32768 up are handed out by the system to outgoing connections and collide with them now and then. */
const PORT_MIN = 20_000;
const PORT_MAX = 32_767;
const allocated = new Set<number>();

/**
 * A TCP port below 32768 that nobody listens on at 127.0.0.1 right now, never the same one twice in a process.
 * Another process can still take it before it is used: see {@link withFreePorts}.
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
 * Runs `use` with free ports, and once more with others if it fails because somebody else took one of them
 * meanwhile. `use` must leave nothing listening when it fails.
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

/** Whether a server could listen on this port of 127.0.0.1. */
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
