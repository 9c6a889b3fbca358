import type { TestProject } from 'vitest/node';

import { type LocalServers, startLocalServers } from '../../tools/local/servers.js';

/** Vitest loads this file once per project with tests; all projects share one infrastructure. */
const sharedState = globalThis as { infrastructure?: Promise<LocalServers>; projects?: number };

export async function setup(project: TestProject): Promise<void> {
  // With `ORDER_URL` set, the end-to-end tests run against an external shop and its servers.
  if (project.name === 'e2e' && process.env['ORDER_URL'] !== undefined) return;
  sharedState.projects = (sharedState.projects ?? 0) + 1;
  sharedState.infrastructure ??= startLocalServers({ report: (line) => console.error(line) });
  const { postgres, rabbitmq } = await sharedState.infrastructure;
  if (rabbitmq.access.management === undefined) {
    throw new Error("The tests create virtual hosts, so they need the broker's management API.");
  }
  project.provide('databaseAccess', postgres.access);
  project.provide('brokerAccess', rabbitmq.access);
}

/** The teardowns of projects run concurrently; the last one stops the servers, which a shop may use until then. */
export async function teardown(): Promise<void> {
  if (sharedState.projects === undefined) return;
  sharedState.projects -= 1;
  if (sharedState.projects === 0) await (await sharedState.infrastructure)?.stop();
}
