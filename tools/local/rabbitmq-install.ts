import { spawn } from 'node:child_process';
import { access, constants, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';

import { onShutdown } from './shutdown.js';
import { ServerNotFoundError } from './server-not-found.js';

/** Debian package scripts run this program before they start a service; exit code 101 forbids it (invoke-rc.d(8)). */
const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_BACKUP = `${POLICY}.saved-by-order-processing`;
const NO_START_POLICY = '#!/bin/sh\n# order-processing: while it installs RabbitMQ\nexit 101\n';
const APT_INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends', 'rabbitmq-server'];

/** Whether {@link installRabbitmq} can run: Debian or Ubuntu, as root. */
export async function canInstallRabbitmq(): Promise<boolean> {
  return process.platform === 'linux' && process.getuid?.() === 0 && (await exists('/usr/bin/apt-get'));
}

/**
 * Reports and installs Debian's `rabbitmq-server`. On a terminal it asks for confirmation, unless `assumeYes`.
 * The package starts no system service, now or at the next boot: the run starts a private instance.
 *
 * @returns false when the user declines.
 * @throws {ServerNotFoundError} when apt-get fails, with its last output.
 */
export async function installRabbitmq(report: (line: string) => void, assumeYes: boolean): Promise<boolean> {
  report(`RabbitMQ is not installed. Installing Debian's package: ${APT_INSTALL.join(' ')}`);
  if (!assumeYes && process.stdin.isTTY && !(await confirm('Install it now? [Y/n] '))) return false;
  const restorePolicy = await blockServiceStarts();
  try {
    // The first attempt fails when the package index is missing or outdated.
    const first = await runCommand(APT_INSTALL);
    if (first.code !== 0) {
      report('apt-get update');
      await runCommand(['apt-get', 'update']);
      const second = await runCommand(APT_INSTALL);
      if (second.code !== 0)
        throw new ServerNotFoundError(`apt-get cannot install RabbitMQ:\n${second.tail}`);
    }
    if (await exists('/usr/bin/systemctl')) {
      await runCommand(['systemctl', 'disable', 'rabbitmq-server.service', 'epmd.service', 'epmd.socket']);
    }
  } finally {
    await restorePolicy();
  }
  return true;
}

/** The commands that install or start RabbitMQ on this platform; printed when none can be started automatically. */
export async function installInstructions(): Promise<string> {
  const byUrl = 'or use a running one: RABBITMQ_URL=amqp://user:password@host:5672';
  if (process.platform === 'darwin') {
    return [
      'RabbitMQ is needed. One of these brings it, then run the same command again:',
      '  brew install rabbitmq',
      '  open -a Docker        (Docker Desktop, once it is installed: https://docs.docker.com/desktop/)',
      `  ${byUrl}`,
    ].join('\n');
  }
  if (process.platform === 'win32') {
    return [
      'RabbitMQ is needed. One of these brings it, then run the same command again:',
      '  winget install Docker.DockerDesktop     (start it once)',
      '  wsl --install -d Debian                 (then run this inside it, with Node.js 20.19 or newer)',
      `  ${byUrl.replace('RABBITMQ_URL=', 'set RABBITMQ_URL=')}`,
    ].join('\n');
  }
  const debian = await exists('/usr/bin/apt-get');
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  return [
    'RabbitMQ is needed. One of these brings it, then run the same command again:',
    debian
      ? `  ${sudo}${APT_INSTALL.join(' ')}`
      : '  install the package rabbitmq-server of your distribution',
    '  start a Docker engine that you may use: docker info',
    `  ${byUrl}`,
  ].join('\n');
}

/**
 * Stops package scripts from starting services until the returned function runs, or this process shuts down.
 * A present policy file is kept as a backup. If an earlier run was killed, its backup is still restored.
 */
async function blockServiceStarts(): Promise<() => Promise<void>> {
  const restore = async (): Promise<void> => {
    if (await exists(POLICY_BACKUP)) await rename(POLICY_BACKUP, POLICY);
    else await rm(POLICY, { force: true });
  };
  const present = await readFile(POLICY, 'utf8').catch(() => undefined);
  if (present !== undefined && present !== NO_START_POLICY) await rename(POLICY, POLICY_BACKUP);
  await writeFile(POLICY, NO_START_POLICY, { mode: 0o755 });
  const unregister = onShutdown(restore);
  return () => restore().finally(unregister);
}

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // readline consumes Ctrl-C, so the signal must be raised here.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return !/^n/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

function runCommand([command = '', ...args]: string[]): Promise<{ code: number | null; tail: string }> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
  });
  let tail = '';
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-2000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, tail }));
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
