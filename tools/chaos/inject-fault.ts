import type { GatewayModes, ServiceName } from '../client/api-types.js';
import { waitUntil } from '../client/wait-until.js';
import type { TcpProxy } from '../../libs/test-support/tcp-proxy.js';
import type { LinkName } from './links.js';
import type { Fault } from './plan.js';
import type { TestEnvironment } from './test-environment.js';

/** Ends a fault; resolves when the target works again. */
export type Revert = () => Promise<unknown>;
type FaultInjector = (environment: TestEnvironment, fault: Fault) => Promise<Revert>;

const nothingToRevert: Revert = () => Promise.resolve();
const GATEWAY_SLOW_MS = 800;
const LINK_LATENCY_MS = 150;
/** Longer than the 120 s that a killed gateway may take to start. */
const GATEWAY_RETRIES = { timeoutMs: 150_000, checkIntervalMs: 100 };

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

/** A killed gateway restarts without its modes, which ends this fault earlier than planned. */
function switchGatewayMode(behaviour: string, delayMs?: number): FaultInjector {
  const mode = { behaviour, ...(delayMs !== undefined && { delayMs }) };
  return async (environment, { target }) => {
    await setGatewayModes(environment, { [target as keyof GatewayModes]: mode });
    return () => setGatewayModes(environment, {});
  };
}

/** Retries while the gateway is killed. @throws WaitTimeoutError after 150 s */
async function setGatewayModes({ shop }: TestEnvironment, modes: GatewayModes): Promise<void> {
  const isSet = (): Promise<boolean> =>
    shop.setGatewayModes(modes).then(
      () => true,
      () => false,
    );
  await waitUntil('gateway modes that are set', isSet, Boolean, GATEWAY_RETRIES);
}

async function terminateSessions(environment: TestEnvironment, service: ServiceName): Promise<void> {
  const session = await environment.openSession(service);
  try {
    await session.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
  } finally {
    await session.end();
  }
}
