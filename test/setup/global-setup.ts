import type { TestProject } from 'vitest/node';

import { type Infrastructure, startInfrastructure } from '../../tools/local/servers.js';
import { type DatabaseAccess, type BrokerAccess } from '../../tools/provision/access.js';

declare module 'vitest' {
  export interface ProvidedContext {
    databaseAccess: DatabaseAccess;
    brokerAccess: BrokerAccess;
  }
}

/** Vitest loads this file once per project that has something to run; they all share one infrastructure. */
const shared = globalThis as { infrastructure?: Promise<Infrastructure>; projects?: number };

export async function setup(project: TestProject): Promise<void> {
  // The end-to-end tests then run against that shop, which has servers of its own.
  if (project.name === 'e2e' && process.env['ORDER_URL'] !== undefined) return;
  shared.projects = (shared.projects ?? 0) + 1;
  shared.infrastructure ??= startInfrastructure({ report: (line) => console.error(line) });
  const { postgres, rabbitmq } = await shared.infrastructure;
  if (rabbitmq.access.management === undefined) {
    throw new Error("The tests make virtual hosts of their own: they need the broker's management API.");
  }
  project.provide('databaseAccess', postgres.access);
  project.provide('brokerAccess', rabbitmq.access);
}

/** Projects are torn down side by side, and a shop of one of them is still talking to the servers: the last one stops them. */
export async function teardown(): Promise<void> {
  if (shared.projects === undefined) return;
  shared.projects -= 1;
  if (shared.projects === 0) await (await shared.infrastructure)?.stop();
}
