import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { ConfigurationError } from '#config';
import { services } from '#contracts';
import { applyTopology, brokerDefinitions, deriveTopology } from '#messaging';
import { assertPostgresVersion, explainDatabaseError, ProvisioningError } from '#runtime';
import { waitForDatabase, PrivilegesMismatchError } from '#database';
import { grantBrokerPermissions, ensureBrokerUsers, parseVhost } from './broker-users.js';
import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { ignoreClosedOutput } from '../terminal/closed-output.js';
import { readArguments, usage, UsageError } from './arguments.js';
import { ensureDatabases } from './database-roles.js';
import { loadPlan, type Plan } from './plan.js';
import {
  toProvisioningError,
  waitForBroker,
  waitForListener,
  waitForManagementApi,
} from './wait-for-broker.js';

/**
 * Provisions a shop: broker users and topology, database roles and databases, each service's tables and seed data, and
 * all permissions and privileges. Services have no rights to do so. Idempotent; run it before each deployment. The
 * names of users, roles and databases come from the programs' URLs; see docs/explanation/security.md.
 */
async function main(args: readonly string[]): Promise<void> {
  const { help, brokerDefinitions: forDefinitions } = readArguments(args);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const plan = loadPlan(process.env, forDefinitions);
  if (forDefinitions) {
    console.log(JSON.stringify(buildDefinitions(plan), null, 2));
    return;
  }
  await Promise.all([provisionBroker(plan), provisionDatabases(plan)]);
}

async function provisionBroker({ rabbitmqUrl, management, users, topology, waitMs }: Plan): Promise<void> {
  if (management) {
    await waitForListener(rabbitmqUrl, waitMs);
    await waitForManagementApi(management, waitMs);
    await ensureBrokerUsers(management, parseVhost(rabbitmqUrl), users);
    console.log(`broker: users ${users.map(({ credentials }) => credentials.name).join(', ')}`);
  }
  await waitForBroker(rabbitmqUrl, waitMs);
  const { exchanges, queues, bindings } = deriveTopology(topology);
  await applyTopology(rabbitmqUrl, { exchanges, queues, bindings }).catch(toProvisioningError);
  console.log(`broker: ${exchanges.length} exchanges, ${queues.length} queues, ${bindings.length} bindings`);
  if (management) await grantBrokerPermissions(management, parseVhost(rabbitmqUrl), users);
}

async function provisionDatabases({ databaseServers, waitMs }: Plan): Promise<void> {
  await Promise.all(
    databaseServers.map(async ({ variable, url, databases }) => {
      await waitForDatabase(url, waitMs)
        .then(() => assertPostgresVersion(variable, url))
        .then(() => ensureDatabases(url, databases))
        .catch((error: unknown) => {
          throw explainDatabaseError(variable, error);
        });
      console.log(`databases: ${databases.map(({ database }) => database).join(', ')}`);
    }),
  );
  await Promise.all(services.map(provisionService));
}

/** Imports the service's `provision.js`, which creates its tables, in this process: its modules are already loaded. */
async function provisionService(service: string): Promise<void> {
  const program = join(REPOSITORY_ROOT, 'dist', 'apps', service, 'src', 'provision.js');
  try {
    await import(pathToFileURL(program).href);
  } catch (error) {
    throw new ProvisioningError(`${service}: ${isExpected(error) ? error.message : inspect(error)}`, {
      cause: error,
    });
  }
}

/** Whether the message alone explains the failure; other errors are printed with their stack. */
function isExpected(error: unknown): error is Error {
  return [ConfigurationError, ProvisioningError, PrivilegesMismatchError].some(
    (kind) => error instanceof kind,
  );
}

function buildDefinitions({ rabbitmqUrl, management, users, topology }: Plan): object {
  const administrator = management && { name: management.user, password: management.password };
  const vhost = parseVhost(rabbitmqUrl);
  return brokerDefinitions({ vhost, users, administrator, topology: deriveTopology(topology) });
}

ignoreClosedOutput();
await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof ProvisioningError || error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  // Exits without waiting for the other parts, which may still retry an unavailable server.
  process.exit(error instanceof UsageError ? 2 : 1);
});
