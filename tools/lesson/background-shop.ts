import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { SandboxUrls } from '../../lessons/naive/sandbox.js';
import type { ProcessName } from '../client/api-types.js';
import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { isAlive, type ProcessRecord, readProcessRecord } from '../local/process-files.js';
import { ServerFailedError } from '../local/server-process.js';
import type { LocalShop } from '../local/shop.js';
import type { ControlAddress } from './remote-control.js';

/** The folder of lessons' files that git ignores: the address of the shop, its log, progress, compiled exercises. */
export const LESSON_FOLDER = join(REPOSITORY_ROOT, '.local', 'lessons');
export const SHOP_FILE = join(LESSON_FOLDER, 'shop.json');
const LOG_FILE = join(LESSON_FOLDER, 'shop.log');
/** The background shop stops after this time without a lesson, in ms. */
export const IDLE_STOP_MS = 3_600_000;
/** Longer than the first start on a slow machine, where PostgreSQL creates its files and RabbitMQ is installed. */
const START_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 30_000;

/** A running background shop. The file that holds it is readable by this user only: URLs contain passwords. */
export interface BackgroundShop {
  readonly process: ProcessRecord;
  readonly control: ControlAddress;
  readonly urls: Readonly<Record<ProcessName, string>>;
  readonly databaseUrls: LocalShop['databaseUrls'];
  readonly rabbitmqUrl: string;
  readonly brokerUrls: LocalShop['brokerUrls'];
  readonly auditSources: LocalShop['auditSources'];
  readonly accessKey: LocalShop['accessKey'];
  readonly sandbox: SandboxUrls;
  /** The folder with the logs of servers and services. */
  readonly folder: string;
}

/** Writes the address of a shop that this process runs. */
export async function saveShop(
  { processes, databaseUrls, rabbitmqUrl, brokerUrls, auditSources, accessKey }: LocalShop,
  rest: Pick<BackgroundShop, 'control' | 'sandbox' | 'folder'>,
): Promise<void> {
  const urls = Object.fromEntries(Object.values(processes).map(({ name, url }) => [name, url]));
  const owner = await readProcessRecord(process.pid);
  const addresses = { urls, databaseUrls, rabbitmqUrl, brokerUrls, auditSources, accessKey };
  const shop = { process: owner, ...addresses, ...rest };
  await writeFile(`${SHOP_FILE}.new`, JSON.stringify(shop), { mode: 0o600 });
  await rename(`${SHOP_FILE}.new`, SHOP_FILE);
}

/** The running background shop; undefined when none runs, also after a crash of its process. */
export async function findShop(): Promise<BackgroundShop | undefined> {
  const text = await readFile(SHOP_FILE, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const shop = JSON.parse(text) as BackgroundShop;
  return (await isAlive(shop.process)) ? shop : undefined;
}

/**
 * Starts the shop as a process that outlives this one. Resolves when all services are ready.
 *
 * @param onLine receives each new line of the start's log
 * @throws {ServerFailedError} with the log, when it ends first or is not ready within 5 minutes
 */
export async function startShop(onLine: (line: string) => void): Promise<BackgroundShop> {
  mkdirSync(LESSON_FOLDER, { recursive: true });
  const log = openSync(LOG_FILE, 'w', 0o600);
  const entry = join(REPOSITORY_ROOT, 'dist', 'tools', 'lesson', 'shop-process.js');
  const child = spawn(process.execPath, ['--enable-source-maps', entry], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const deadline = Date.now() + START_TIMEOUT_MS;
  let shown = 0;
  for (;;) {
    const lines = (await readFile(LOG_FILE, 'utf8')).split('\n').slice(0, -1);
    for (const line of lines.slice(shown)) onLine(line);
    shown = lines.length;
    const shop = await findShop();
    if (shop !== undefined) return shop;
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (hasEnded || Date.now() > deadline) {
      if (!hasEnded) child.kill('SIGTERM');
      throw new ServerFailedError(`the shop did not start\n${lines.slice(-10).join('\n')}`);
    }
    await delay(100);
  }
}

/** Ends the background shop with its servers, and waits for its end. @throws Error when it still runs after 30 s */
export async function stopShop({ process: record }: BackgroundShop): Promise<void> {
  process.kill(record.pid, 'SIGTERM');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (await isAlive(record)) {
    if (Date.now() > deadline) throw new Error(`process ${record.pid} still runs 30 s after SIGTERM`);
    await delay(50);
  }
}
