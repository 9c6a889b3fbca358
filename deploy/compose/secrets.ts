import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';
import { flag, integer, loadConfig } from '#config';

import { type SecretOptions, secretFiles } from './secret-files.js';

/**
 * The first program of `docker-compose up`: makes every password of the shop, once, and hands each container those that
 * it needs and no other, as files in a volume that it alone mounts. Nobody has to think of a password, and none is the
 * same in two places. Started again it keeps what is there, and writes again what is missing.
 */
const config = loadConfig(
  'SECRETS',
  z.object({
    /** How much memory the engine must have; 0: do not ask. */
    MEMORY_MIN_MB: integer({ min: 0, max: 1_000_000_000 }).default(0),
    /** Whether everybody is to reach the servers over TLS. */
    TLS: flag().default(false),
  }),
);

const FOLDER = '/secrets';
/** Where all of them are kept. Only the provisioner, who must know everybody, mounts it beside this program. */
const PASSWORD_FILE = join(FOLDER, 'provision', 'passwords.json');

const passwordsSchema = z.record(z.string(), z.string().min(16));

class SetupError extends Error {}

async function main(): Promise<void> {
  assertEnoughMemory();
  const passwords = await readPasswords();
  const known = Object.keys(passwords).length;
  const options: SecretOptions = {
    usesTls: config.tls,
    getPassword: (user) => (passwords[user] ??= randomBytes(24).toString('base64url')),
  };
  const files = secretFiles(options);
  const made = Object.keys(passwords).length - known;
  // First the book: what is handed out before it is kept would be handed out differently next time.
  if (made > 0) await writeAtomically(PASSWORD_FILE, JSON.stringify(passwords, null, 2));
  for (const [path, content] of files) await writeAtomically(join(FOLDER, path), content);
  console.log(made > 0 ? `${made} passwords made` : `${known} passwords kept`);
}

async function readPasswords(): Promise<Record<string, string>> {
  const text = await readFile(PASSWORD_FILE, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return passwordsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SetupError(
      `${PASSWORD_FILE} is damaged, and with it the passwords of this shop are lost. ` +
        'To begin anew, with all data deleted: docker-compose down -v',
      { cause },
    );
  }
}

/** Whole or not at all, whenever this program is ended. */
async function writeAtomically(path: string, content: string): Promise<void> {
  const unfinished = `${path}.new`;
  // PostgreSQL and RabbitMQ read theirs as users of their own. What keeps others out is that they do not mount it.
  await writeFile(unfinished, content, { mode: 0o444, flush: true });
  await rename(unfinished, path);
}

function assertEnoughMemory(): void {
  const { memoryMinMb } = config;
  const hasMb = Math.floor(totalmem() / 1_000_000);
  if (hasMb >= memoryMinMb) return;
  throw new SetupError(
    `Docker has ${hasMb} MB of memory, and this shop may need ${memoryMinMb} MB. Give it more (Docker Desktop: Settings, ` +
      'Resources, Memory; colima start --memory 4), or try it all the same: MEMORY_MIN_MB=0 docker-compose up',
  );
}

await main().catch((error: unknown) => {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
