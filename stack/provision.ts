import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { integer, loadConfig, url } from '#config';
import { eventContracts, services, subscriptions } from '#contracts';
import { applyTopology, deriveTopology } from '#messaging';
import { CLONE } from './clone.js';

/**
 * Makes everything that services must find: the topology on the broker, and each service's tables and first data. It
 * alone may: services have no such rights. Idempotent; run it before each deployment.
 *
 * `PROVISION_RABBITMQ_URL`, `PROVISION_PARTITIONS`, and the variables of each service.
 */
const config = loadConfig(
  'PROVISION',
  z.object({
    RABBITMQ_URL: url('amqp'),
    PARTITIONS: integer({ min: 1, max: 16 }).default(4),
  }),
);

const topology = deriveTopology({
  contracts: Object.values(eventContracts),
  subscriptions,
  partitions: config.partitions,
});

/** Where one part fails the others are given up too, so that no program outlives this one. */
const givenUp = new AbortController();

async function provisionService(service: string): Promise<void> {
  const program = join(CLONE, 'dist', 'apps', service, 'src', 'provision.js');
  const args = ['--enable-source-maps', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal: givenUp.signal });
  process.stdout.write(stdout);
}

async function provisionBroker(): Promise<void> {
  await applyTopology(config.rabbitmqUrl, topology);
  const { exchanges, queues, bindings } = topology;
  console.log(`broker: ${exchanges.length} exchanges, ${queues.length} queues, ${bindings.length} bindings`);
}

await Promise.all([provisionBroker(), ...services.map(provisionService)]).catch((error: unknown) => {
  givenUp.abort();
  throw error;
});
