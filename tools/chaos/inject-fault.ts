import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

import type { GatewayModes } from '../client/api-types.js';
import type { TcpProxy } from '../local/tcp-proxy.js';
import type { Arena } from './test-environment.js';
import type { Fault, LinkName } from './plan.js';
import type { Supervised } from './supervised-process.js';

/** Puts right what was broken. */
type Mend = () => Promise<unknown>;
type Strike = (arena: Arena, fault: Fault) => Promise<Mend>;

const nothingToMend: Mend = () => Promise.resolve();
const GATEWAY_SLOW_MS = 800;

/** How each kind of fault is brought about. */
const strikes: Readonly<Record<Fault['kind'], Strike>> = {
  'broker killed': async ({ servers: { broker } }) => {
    await broker.kill();
    return () => broker.start();
  },
  'broker restarted': async ({ servers: { broker } }) => {
    await broker.stop();
    return () => broker.start();
  },
  'broker in alarm': async ({ servers: { brokerCtl } }) => {
    await brokerCtl('set_vm_memory_high_watermark', '0');
    return () => brokerCtl('set_vm_memory_high_watermark', '0.4');
  },
  'database crashed': async ({ servers: { postgres } }) => {
    await postgres.kill();
    return () => postgres.start();
  },
  'database sessions terminated': async (arena, { target }) => {
    await terminateSessions(arena.servers.adminUrl, new URL(databaseUrlOf(arena, target)).pathname.slice(1));
    return nothingToMend;
  },
  'order killed': killed,
  'inventory killed': killed,
  'payment killed': killed,
  'gateway killed': (arena) => kill(processOf(arena, 'gateway-simulator')),
  'link cut': (arena, { target }) => breakLink(arena, target, (link) => link.cut()),
  'link slow': (arena, { target }) => breakLink(arena, target, (link) => link.slow(150)),
  'link black-holed': (arena, { target }) => breakLink(arena, target, (link) => link.blackHole()),
  'link reset': (arena, { target }) => breakLink(arena, target, (link) => link.reset()),
  'gateway slow': gatewayMode('slow', GATEWAY_SLOW_MS),
  'gateway declines': gatewayMode('decline'),
  'gateway fails': gatewayMode('fail'),
  'gateway times out after charging': gatewayMode('timeout_after_charge'),
  'gateway answers twice': gatewayMode('answer_twice'),
};

/** Lets a fault happen and last, and mends it. @param onBroken is called when it has happened */
export async function strike(arena: Arena, fault: Fault, onBroken: () => void): Promise<void> {
  const mend = await strikes[fault.kind](arena, fault);
  try {
    onBroken();
    await pause(fault.forMs);
  } finally {
    await mend();
  }
}

function killed(arena: Arena, { target = '' }: Fault): Promise<Mend> {
  return kill(processOf(arena, target));
}

async function kill(process: Supervised): Promise<Mend> {
  await process.kill();
  return () => process.start();
}

function processOf({ processes }: Arena, name: string): Supervised {
  const found = processes.get(name);
  if (!found) throw new Error(`there is no process ${name}`);
  return found;
}

async function breakLink(
  { links }: Arena,
  name: string | undefined,
  broken: (link: TcpProxy) => Promise<void> | void,
): Promise<Mend> {
  const link = links.get(name as LinkName);
  if (!link) throw new Error(`there is no link ${name}`);
  await broken(link);
  return () => link.restore();
}

/** The gateway forgets its modes when it is killed; then this fault is shorter than planned. */
function gatewayMode(behaviour: string, delayMs?: number): Strike {
  const mode = { behaviour, ...(delayMs !== undefined && { delayMs }) };
  return async (arena, { target }) => {
    await setModes(arena, { [target as keyof GatewayModes]: mode });
    return () => setModes(arena, {});
  };
}

/** As soon as it is there: it may be down. */
async function setModes(arena: Arena, modes: GatewayModes): Promise<void> {
  for (;;) {
    const isSet = await arena.shop.setGatewayModes(modes).then(
      () => true,
      () => false,
    );
    if (isSet) return;
    await pause(100);
  }
}

function databaseUrlOf({ databaseUrls }: Arena, service: string | undefined): string {
  return databaseUrls[service as keyof typeof databaseUrls];
}

async function terminateSessions(adminUrl: string, database: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  client.on('error', () => {}); // the query under way fails with it
  await client.connect();
  try {
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
      database,
    ]);
  } finally {
    await client.end();
  }
}
