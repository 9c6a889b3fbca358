import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigurationError } from '#config';
import { services } from '#contracts';
import { applyTopology, brokerDefinitions, deriveTopology } from '#messaging';
import { explainDatabase, ProvisioningFailed } from '#runtime';
import { reachDatabase } from '#database';
import { grantBrokerRights, makeBrokerUsers, vhostOf } from './broker-users.js';
import { CLONE } from './clone.js';
import { makeDatabases } from './database-roles.js';
import { loadPlan, type Plan } from './provisioning-plan.js';
import { explainBroker, reachBroker, reachManagement } from './reach-broker.js';

/**
 * Makes everything that services must find: users, roles, databases, the topology on the broker, each service's tables
 * and first data, and the rights on all of them. It alone may: services have no such rights. Idempotent; run it before
 * each deployment. Whose users, roles and databases it makes, the URLs of the programs themselves say; see
 * docs/security.md.
 *
 * `--broker-definitions` only prints what RabbitMQ can load at its start (`load_definitions`): virtual host, users, the
 * exchanges, permissions.
 */
async function main(args: readonly string[]): Promise<void> {
  const forDefinitions = args.includes('--broker-definitions');
  const plan = loadPlan(process.env, forDefinitions);
  if (forDefinitions) {
    console.log(JSON.stringify(definitionsOf(plan), null, 2));
    return;
  }
  const givenUp = new AbortController();
  try {
    await Promise.all([provisionBroker(plan), provisionDatabases(plan, givenUp.signal)]);
  } catch (error) {
    // Where one part fails the others are given up too, so that no program outlives this one.
    givenUp.abort();
    throw error;
  }
}

async function provisionBroker({ rabbitmqUrl, management, users, topology, waitMs }: Plan): Promise<void> {
  if (management) {
    await reachManagement(management, waitMs);
    await makeBrokerUsers(management, vhostOf(rabbitmqUrl), users);
    console.log(`broker: users ${users.map(({ login }) => login.name).join(', ')}`);
  }
  await reachBroker(rabbitmqUrl, waitMs);
  const { exchanges, queues, bindings } = deriveTopology(topology);
  await applyTopology(rabbitmqUrl, { exchanges, queues, bindings }).catch(explainBroker);
  console.log(`broker: ${exchanges.length} exchanges, ${queues.length} queues, ${bindings.length} bindings`);
  if (management) await grantBrokerRights(management, vhostOf(rabbitmqUrl), users);
}

async function provisionDatabases({ databaseServers, waitMs }: Plan, signal: AbortSignal): Promise<void> {
  await Promise.all(
    databaseServers.map(async ({ variable, url, databases }) => {
      await reachDatabase(url, waitMs)
        .then(() => makeDatabases(url, databases))
        .catch((error: unknown) => {
          throw explainDatabase(variable, error);
        });
      console.log(`databases: ${databases.map(({ database }) => database).join(', ')}`);
    }),
  );
  await Promise.all(services.map((service) => provisionService(service, signal)));
}

/** The service's own program knows its tables. */
async function provisionService(service: string, signal: AbortSignal): Promise<void> {
  const program = join(CLONE, 'dist', 'apps', service, 'src', 'provision.js');
  const args = ['--enable-source-maps', program];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { signal });
    process.stdout.write(stdout);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new ProvisioningFailed(`${service}: ${lastWords(stderr) || (error as Error).message}`, {
      cause: error,
    });
  }
}

/** What a program of ours says when it gives up: everything from the name of the error on. */
function lastWords(stderr: string): string {
  const known =
    /^(?:ConfigurationError|ProvisioningFailed|RightsUndeclared): ((?:.*\n?)*?)(?:\s+at |\n\n|\n\s*\{|$)/m;
  return known.exec(stderr)?.[1]?.trim() ?? stderr.trim();
}

function definitionsOf({ rabbitmqUrl, management, users, topology }: Plan): object {
  const administrator = management && { name: management.user, password: management.password };
  const vhost = vhostOf(rabbitmqUrl);
  return brokerDefinitions({ vhost, users, administrator, topology: deriveTopology(topology) });
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof ProvisioningFailed || error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
