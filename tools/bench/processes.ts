import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalServers } from '../local/servers.js';
import type { LocalShop } from '../local/shop.js';
import type { PidRecord } from '../local/server-process.js';
import type { MeasuredProcess } from './measure.js';

export const loadGenerator: MeasuredProcess = {
  name: 'load generator',
  pid: process.pid,
  withDescendants: false,
};

/** Everything that takes part in an order. */
export async function listShopProcesses(
  { folder }: LocalServers,
  platform: LocalShop,
): Promise<MeasuredProcess[]> {
  const services = Object.values(platform.processes).map(({ name, pid }) => ({
    name,
    pid: pid!,
    withDescendants: true,
  }));
  return [...services, ...(await listServerProcesses(folder)), loadGenerator];
}

/** The servers that are processes of ours; of others nothing can be told. */
export async function listServerProcesses(folder: string): Promise<MeasuredProcess[]> {
  const found = await Promise.all([
    findServerProcess('postgres', join(folder, 'postgresql.pid')),
    findServerProcess('rabbitmq', join(folder, 'rabbitmq.pid')),
  ]);
  return found.flat();
}

async function findServerProcess(name: string, pidFile: string): Promise<MeasuredProcess[]> {
  const record = await readFile(pidFile, 'utf8').catch(() => undefined);
  if (record === undefined) return [];
  return [{ name, pid: (JSON.parse(record) as PidRecord).pid, withDescendants: true }];
}
