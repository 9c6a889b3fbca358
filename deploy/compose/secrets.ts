import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';

import { z } from 'zod';
import { type AccessKey, generateAccessKey, issueToken } from '#access';
import { flag, integer, loadConfig } from '#config';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { configurationFiles, RABBITMQ_FOLDER } from './configuration-files.js';
import { type SecretOptions, secretFiles } from './secret-files.js';

/**
 * The first program of `docker compose up`: generates every password of the shop, once. Each container gets only the
 * secrets it needs, as files in a volume that no other container mounts, and the servers get their configuration the same
 * way. A later start keeps existing passwords and rewrites all files.
 */
const config = loadConfig(
  'SECRETS',
  z.object({
    /** Memory that the Docker engine must have, in MB; 0 disables the check. Default 0. */
    MEMORY_MIN_MB: integer({ min: 0, max: 1_000_000_000 }).default(0),
    /** Whether all URLs use TLS. Default: false. */
    TLS: flag().default(false),
    /** Whether RabbitMQ runs on three nodes. Default: false. */
    CLUSTER: flag().default(false),
  }),
);

const FOLDER = '/secrets';
/** Holds all passwords. Only this program and the provisioner, which creates all users, mount its folder. */
const PASSWORD_FILE = join(FOLDER, 'provision', 'passwords.json');

/** Holds the private key of tokens; only operators mount its folder. Delete it, and the next start generates another. */
const ACCESS_KEY_FILE = join(FOLDER, 'operator', 'OPS_ACCESS_KEY');
/** A customer who may also read payments and stock: the commands of the banner need no second token. */
const WELCOME_CALLER = { sub: 'alice', scopes: ['shop', 'support', 'stock'] } as const;

const passwordsSchema = z.record(z.string(), z.string().min(16));

/** A failure with a remedy in its message; printed without a stack. */
class SetupError extends Error {}

async function main(): Promise<void> {
  assertEnoughMemory();
  const passwords = await readPasswords();
  const known = Object.keys(passwords).length;
  const accessKey = await readAccessKey();
  const options: SecretOptions = {
    accessKey,
    welcomeToken: await issueToken(accessKey, WELCOME_CALLER),
    usesTls: config.tls,
    getPassword: (user) => (passwords[user] ??= randomBytes(24).toString('base64url')),
  };
  const files = secretFiles(options);
  const made = Object.keys(passwords).length - known;
  // Passwords are stored first: an interrupted start must not distribute passwords that the next start does not know.
  if (made > 0) await writeAtomically(PASSWORD_FILE, JSON.stringify(passwords, null, 2));
  for (const [path, content] of files) await writeAtomically(join(FOLDER, path), content);
  await copyConfiguration();
  console.log(made > 0 ? `generated ${made} passwords` : `kept ${known} passwords`);
}

async function copyConfiguration(): Promise<void> {
  await rm(join(FOLDER, RABBITMQ_FOLDER), { recursive: true, force: true });
  const copies = configurationFiles({ usesTls: config.tls, isCluster: config.cluster });
  for (const [path, source] of copies)
    await writeAtomically(join(FOLDER, path), await readFile(join(REPOSITORY_ROOT, source), 'utf8'));
}

async function readAccessKey(): Promise<AccessKey> {
  const text = await readIfExists(ACCESS_KEY_FILE);
  return text === undefined ? generateAccessKey() : (JSON.parse(text) as AccessKey);
}

function readIfExists(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function readPasswords(): Promise<Record<string, string>> {
  const text = await readIfExists(PASSWORD_FILE);
  try {
    return passwordsSchema.parse(JSON.parse(text ?? '{}'));
  } catch (cause) {
    throw new SetupError(
      `${PASSWORD_FILE} is damaged, so the passwords of this shop are lost. ` +
        'To delete all data and start again: docker compose down -v',
      { cause },
    );
  }
}

/** Writes a file completely or not at all, also if this program is killed. */
async function writeAtomically(path: string, content: string): Promise<void> {
  const unfinished = `${path}.new`;
  await mkdir(dirname(path), { recursive: true });
  // Readable by all users, because PostgreSQL and RabbitMQ run as different ones. The mounts restrict access.
  await writeFile(unfinished, content, { mode: 0o444, flush: true });
  await rename(unfinished, path);
}

function assertEnoughMemory(): void {
  const { memoryMinMb } = config;
  const hasMb = Math.floor(totalmem() / 1_000_000);
  if (hasMb >= memoryMinMb) return;
  throw new SetupError(
    `Docker has ${hasMb} MB of memory, but the shop needs up to ${memoryMinMb} MB. Increase it (Docker Desktop: Settings, ` +
      'Resources, Memory; colima start --memory 4), or skip this check: MEMORY_MIN_MB=0 docker compose up',
  );
}

await main().catch((error: unknown) => {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
