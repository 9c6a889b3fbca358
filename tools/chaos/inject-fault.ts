import type { GatewayModes, ServiceName } from '../client/api-types.js';
import type { TcpProxy } from '../../libs/test-support/tcp-proxy.js';
import { lockTables, makeReadOnly, revokeInserts, terminateSessions } from './database-faults.js';
import type { LinkName } from './links.js';
import { type Fault, gatewayOperations } from './plan.js';
import { retryWhileUnavailable, type Revert } from './revert.js';
import type { TestEnvironment } from './test-environment.js';

type FaultInjector = (environment: TestEnvironment, fault: Fault) => Promise<Revert>;

const nothingToRevert: Revert = () => Promise.resolve();
const GATEWAY_SLOW_MS = 800;
const LINK_LATENCY_MS = 150;

const injectors: Readonly<Record<Fault['kind'], FaultInjector>> = {
  'broker killed': async ({ servers: { broker } }) => {
    await broker.kill();
    return () => broker.start();
  },
  'broker restarted': async ({ servers: { broker } }) => {
    await broker.stop();
    return () => broker.start();
  },
  'broker resource alarm': async ({ servers: { rabbitmqctl } }) => {
    await rabbitmqctl('set_vm_memory_high_watermark', '0');
    return () => rabbitmqctl('set_vm_memory_high_watermark', '0.4');
  },
  'database crashed': async ({ servers: { postgres } }) => {
    await postgres.kill();
    return () => postgres.start();
  },
  'database sessions terminated': async (environment, { target }) => {
    await terminateSessions(environment, target as ServiceName);
    return nothingToRevert;
  },
  'order killed': killTarget,
  'inventory killed': killTarget,
  'payment killed': killTarget,
  'gateway killed': (environment) => killProcess(environment, 'gateway-simulator'),
  'link cut': (environment, { target }) => disruptLink(environment, target, (link) => link.cut()),
  'link slow': (environment, { target }) =>
    disruptLink(environment, target, (link) => link.addLatency(LINK_LATENCY_MS)),
  'link black-holed': (environment, { target }) =>
    disruptLink(environment, target, (link) => link.blackHole()),
  'link reset': (environment, { target }) => disruptLink(environment, target, (link) => link.reset()),
  'gateway slow': switchGatewayMode('slow', GATEWAY_SLOW_MS),
  'gateway declines': switchGatewayMode('decline'),
  'gateway fails': switchGatewayMode('fail'),
  'gateway times out after charging': switchGatewayMode('timeout_after_charge'),
  'gateway responds twice': switchGatewayMode('respond_twice'),
  'gateway rejects everything': (environment, { target }) => {
    const mode = { behaviour: 'fail', status: Number(target) };
    return setGatewayModes(environment, Object.fromEntries(gatewayOperations.map((name) => [name, mode])));
  },
  'queue suspended': suspendQueue,
  'database read-only': (environment, { target = '' }) => makeReadOnly(environment, target),
  'database permission revoked': (environment, { target }) =>
    revokeInserts(environment, target as ServiceName),
  'database tables locked': (environment, { target }) => lockTables(environment, target as ServiceName),
};

/**
 * Injects the fault and resolves to its revert as soon as the target is broken.
 *
 * @param environment one with `restartCrashed`, and with own servers for the faults of servers
 */
export function injectFault(environment: TestEnvironment, fault: Fault): Promise<Revert> {
  return injectors[fault.kind](environment, fault);
}

function killTarget(environment: TestEnvironment, { target = '' }: Fault): Promise<Revert> {
  return killProcess(environment, target);
}

async function killProcess({ supervised }: TestEnvironment, name: string): Promise<Revert> {
  const process = supervised.get(name);
  if (!process) throw new Error(`there is no supervised process ${name}`);
  await process.kill();
  return () => process.start();
}

async function disruptLink(
  environment: TestEnvironment,
  name: string | undefined,
  disrupt: (link: TcpProxy) => Promise<void> | void,
): Promise<Revert> {
  const link = environment.linkNamed(name as LinkName);
  await disrupt(link);
  return () => link.restore();
}

/**
 * The queue's Ra process handles nothing: it neither confirms nor delivers. The broker resumes it after the fault's
 * duration, because a second `rabbitmqctl` takes seconds on busy cores; a restarted broker starts it again.
 */
async function suspendQueue(
  { servers, rabbitmqUrl }: TestEnvironment,
  { target, durationMs }: Fault,
): Promise<Revert> {
  const vhost = decodeURIComponent(new URL(rabbitmqUrl).pathname.slice(1));
  const name = `'${vhost}_${target}'`;
  const suspend = `sys:suspend(${name}), timer:apply_after(${durationMs}, sys, resume, [${name}]).`;
  await retryWhileUnavailable(() => servers.rabbitmqctl('eval', suspend));
  return nothingToRevert;
}

/** A killed gateway restarts without its modes, which ends this fault earlier than planned. */
function switchGatewayMode(behaviour: string, delayMs?: number): FaultInjector {
  const mode = { behaviour, ...(delayMs !== undefined && { delayMs }) };
  return (environment, { target }) => setGatewayModes(environment, { [target as keyof GatewayModes]: mode });
}

async function setGatewayModes({ shop }: TestEnvironment, modes: GatewayModes): Promise<Revert> {
  await retryWhileUnavailable(() => shop.setGatewayModes(modes));
  return () => retryWhileUnavailable(() => shop.setGatewayModes({}));
}
