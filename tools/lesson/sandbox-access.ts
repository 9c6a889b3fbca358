import { randomBytes } from 'node:crypto';

import { Client, escapeIdentifier, escapeLiteral } from 'pg';

import type { SandboxUrls } from '../../lessons/naive/sandbox.js';
import type { Databases } from '../local/databases.js';
import type { VirtualHosts } from '../local/virtual-hosts.js';
import { callManagement } from '../provision/rabbitmq-management.js';

/** The queues and exchanges of lessons, and read access to `order.events` for the binding of a new subscriber. */
const PERMISSIONS = { configure: '^lesson\\.', write: '^lesson\\.', read: '^(lesson\\..*|order\\.events)$' };

export interface SandboxAccessOptions {
  readonly databases: Databases;
  readonly virtualHosts: VirtualHosts;
  /** The administrator's URL of the shop's virtual host. */
  readonly rabbitmqUrl: string;
  /** Of the database, the role and the broker user. Two shops on one server need two names. */
  readonly name: string;
}

/**
 * Creates the database, the role and the broker user of the naive programs. Neither can read or write data of the shop,
 * except copies of published order events. Without a management API, naive programs use the administrator's broker user.
 */
export async function createSandboxAccess({
  databases,
  virtualHosts: { access },
  rabbitmqUrl,
  name,
}: SandboxAccessOptions): Promise<{ urls: SandboxUrls; drop: () => Promise<void> }> {
  const password = randomBytes(16).toString('hex');
  const role = databases.access.namePrefix + name;
  const databaseUrl = await databases.create(name);
  await run(databaseUrl, [
    `CREATE ROLE ${escapeIdentifier(role)} LOGIN PASSWORD ${escapeLiteral(password)}`,
    `GRANT ALL ON DATABASE ${escapeIdentifier(role)} TO ${escapeIdentifier(role)}`,
  ]);
  const { management, namePrefix } = access;
  const user = namePrefix + name;
  if (management !== undefined) {
    const vhost = new URL(rabbitmqUrl).pathname.slice(1);
    await callManagement(management, 'PUT', `/users/${encodeURIComponent(user)}`, { password, tags: '' });
    const path = `/permissions/${vhost}/${encodeURIComponent(user)}`;
    await callManagement(management, 'PUT', path, PERMISSIONS);
  }
  const brokerUrl = management === undefined ? rabbitmqUrl : withLogin(rabbitmqUrl, user, password);
  return {
    urls: { databaseUrl: withLogin(databaseUrl, role, password), brokerUrl },
    drop: async () => {
      await databases.drop(name);
      await databases.dropRoles([role]);
      if (management !== undefined)
        await callManagement(management, 'DELETE', `/users/${encodeURIComponent(user)}`);
    },
  };
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {}); // the running statement rejects with the same error
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function withLogin(url: string, user: string, password: string): string {
  return Object.assign(new URL(url), { username: user, password }).href;
}
