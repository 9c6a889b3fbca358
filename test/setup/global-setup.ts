import type { TestProject } from 'vitest/node';

import { type LocalServers, startLocalServers } from '../../tools/local/servers.js';

/** Vitest loads this file once per project that has something to run; they all share one infrastructure. */
const sharedState = globalThis as { infrastructure?: Promise<LocalServers>; projects?: number };

export async function setup(project: TestProject): Promise<void> {
  // The end-to-end tests then run against that shop, which has servers of its own.
  if (project.name === 'e2e' && process.env['ORDER_URL'] !== undefined) return;
  sharedState.projects = (sharedState.projects ?? 0) + 1;
  sharedState.infrastructure ??= startLocalServers({ report: (line) => console.error(line) });
  const { postgres, rabbitmq } = await sharedState.infrastructure;
  if (rabbitmq.access.management === undefined) {
    throw new Error("The tests make virtual hosts of their own: they need the broker's management API.");
  }
  project.provide('databaseAccess', postgres.access);
  project.provide('brokerAccess', rabbitmq.access);
}

/** Projects are torn down side by side, and a shop of one of them is still talking to the servers: the last one stops them. */
export async function teardown(): Promise<void> {
  if (sharedState.projects === undefined) return;
  sharedState.projects -= 1;
  if (sharedState.projects === 0) await (await sharedState.infrastructure)?.stop();
}
