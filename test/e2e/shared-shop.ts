import type { TestProject } from 'vitest/node';

import { isExternal, startShop } from './start-shop.js';

let stop: (() => Promise<void>) | undefined;

/** Runs once before the e2e tests, after the servers have started: starts the shared shop. */
export async function setup(project: TestProject): Promise<void> {
  if (isExternal) return;
  const { databaseAccess, brokerAccess } = project.getProvidedContext();
  const started = await startShop(databaseAccess, brokerAccess);
  project.provide('sharedShop', started.address);
  stop = started.stop;
}

export async function teardown(): Promise<void> {
  await stop?.();
}
