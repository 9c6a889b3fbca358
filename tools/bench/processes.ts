import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Infrastructure } from '../local/servers.js';
import type { Platform } from '../local/shop.js';
import type { PidRecord } from '../local/server-process.js';
import type { Measured } from './measure.js';

export const loadGenerator: Measured = { name: 'load generator', pid: process.pid, withDescendants: false };

/** Everything that takes part in an order. */
export async function everyProcessOf({ folder }: Infrastructure, platform: Platform): Promise<Measured[]> {
  const services = Object.values(platform.processes).map(({ name, pid }) => ({
    name,
    pid: pid!,
    withDescendants: true,
  }));
  return [...services, ...(await serversOf(folder)), loadGenerator];
}

/** The servers that are processes of ours; of others nothing can be told. */
export async function serversOf(folder: string): Promise<Measured[]> {
  const found = await Promise.all([
    serverOf('postgres', join(folder, 'postgresql.pid')),
    serverOf('rabbitmq', join(folder, 'rabbitmq.pid')),
  ]);
  return found.flat();
}

async function serverOf(name: string, pidFile: string): Promise<Measured[]> {
  const record = await readFile(pidFile, 'utf8').catch(() => undefined);
  if (record === undefined) return [];
  return [{ name, pid: (JSON.parse(record) as PidRecord).pid, withDescendants: true }];
}
