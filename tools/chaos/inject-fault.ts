import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

import type { GatewayModes } from '../client/api-types.js';
import type { TcpProxy } from '../local/tcp-proxy.js';
import type { TestEnvironment } from './test-environment.js';
import type { Fault, LinkName } from './plan.js';
import type { SupervisedProcess } from './supervised-process.js';

/** Puts right what was broken. */
type Revert = () => Promise<unknown>;
type FaultInjector = (environment: TestEnvironment, fault: Fault) => Promise<Revert>;

const nothingToRevert: Revert = () => Promise.resolve();
const GATEWAY_SLOW_MS = 800;

/** How each kind of fault is brought about. */
const injectors: Readonly<Record<Fault['kind'], FaultInjector>> = {
  'broker killed': async ({ servers: { broker } }) => {
    await broker.kill();
    return () => broker.start();
  },
  'broker restarted': async ({ servers: { broker } }) => {
    await broker.stop();
    return () => broker.start();
  },
  'broker resource alarm': async ({ servers: { brokerCtl } }) => {
    await brokerCtl('set_vm_memory_high_watermark', '0');
    return () => brokerCtl('set_vm_memory_high_watermark', '0.4');
  },
  'database crashed': async ({ servers: { postgres } }) => {
    await postgres.kill();
    return () => postgres.start();
  },
  'database sessions terminated': async (environment, { target }) => {
    await terminateSessions(
      environment.servers.adminUrl,
      new URL(targetDatabaseUrl(environment, target)).pathname.slice(1),
    );
    return nothingToRevert;
  },
  'order killed': killTarget,
  'inventory killed': killTarget,
  'payment killed': killTarget,
  'gateway killed': (environment) => killProcess(findProcess(environment, 'gateway-simulator')),
  'link cut': (environment, { target }) => disruptLink(environment, target, (link) => link.cut()),
  'link slow': (environment, { target }) => disruptLink(environment, target, (link) => link.addLatency(150)),
  'link black-holed': (environment, { target }) =>
    disruptLink(environment, target, (link) => link.blackHole()),
  'link reset': (environment, { target }) => disruptLink(environment, target, (link) => link.reset()),
  'gateway slow': switchGatewayMode('slow', GATEWAY_SLOW_MS),
  'gateway declines': switchGatewayMode('decline'),
  'gateway fails': switchGatewayMode('fail'),
  'gateway times out after charging': switchGatewayMode('timeout_after_charge'),
  'gateway responds twice': switchGatewayMode('respond_twice'),
};

/** Lets a fault happen and last, and mends it. @param onBroken is called when it has happened */
export async function injectFault(
  environment: TestEnvironment,
  fault: Fault,
  onBroken: () => void,
): Promise<void> {
  const revert = await injectors[fault.kind](environment, fault);
  try {
    onBroken();
    await pause(fault.durationMs);
  } finally {
    await revert();
  }
}

function killTarget(environment: TestEnvironment, { target = '' }: Fault): Promise<Revert> {
  return killProcess(findProcess(environment, target));
}

async function killProcess(process: SupervisedProcess): Promise<Revert> {
  await process.kill();
  return () => process.start();
}

function findProcess({ processes }: TestEnvironment, name: string): SupervisedProcess {
  const found = processes.get(name);
  if (!found) throw new Error(`there is no process ${name}`);
  return found;
}

async function disruptLink(
  { links }: TestEnvironment,
  name: string | undefined,
  broken: (link: TcpProxy) => Promise<void> | void,
): Promise<Revert> {
  const link = links.get(name as LinkName);
  if (!link) throw new Error(`there is no link ${name}`);
  await broken(link);
  return () => link.restore();
}

/** The gateway forgets its modes when it is killed; then this fault is shorter than planned. */
function switchGatewayMode(behaviour: string, delayMs?: number): FaultInjector {
  const mode = { behaviour, ...(delayMs !== undefined && { delayMs }) };
  return async (environment, { target }) => {
    await setGatewayModes(environment, { [target as keyof GatewayModes]: mode });
    return () => setGatewayModes(environment, {});
  };
}

/** As soon as it is there: it may be down. */
async function setGatewayModes(environment: TestEnvironment, modes: GatewayModes): Promise<void> {
  for (;;) {
    const isSet = await environment.shop.setGatewayModes(modes).then(
      () => true,
      () => false,
    );
    if (isSet) return;
    await pause(100);
  }
}

function targetDatabaseUrl({ databaseUrls }: TestEnvironment, service: string | undefined): string {
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
