// The first thing every npm script runs, also in a clone where nothing has been installed:
//
//   node tools/run/run.mjs demo/main --yes      installs, compiles, then runs dist/tools/demo/main.js --yes
//   node tools/run/run.mjs --vitest run         the same, then vitest
//   node tools/run/run.mjs --install-only …     without compiling
//   node tools/run/run.mjs                      installs and compiles
//
// What is up to date is not done again.
import { spawn } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  isCompiled,
  isInstalled,
  markCompiled,
  markInstalled,
  refusedNode,
  removeOrphans,
  sources,
} from './freshness.mjs';
import { withLock } from './lock.mjs';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** @type {NodeJS.Signals[]} */
const FORWARDED = ['SIGHUP', 'SIGINT', 'SIGTERM'];

const refusal = refusedNode(process.versions.node);
if (refusal !== undefined) fail(refusal);

const args = process.argv.slice(2);
const installOnly = args[0] === '--install-only';
if (installOnly) args.shift();

if (!isInstalled(ROOT) || !(installOnly || isCompiled(ROOT))) {
  await withLock(join(ROOT, '.local', 'setup.lock'), async () => {
    if (!isInstalled(ROOT)) await install();
    if (!installOnly && !isCompiled(ROOT)) await compile();
  });
}
const [entry, ...rest] = args;
if (entry !== undefined) process.exitCode = await run([...program(entry), ...rest]);

/** @param {string} name */
function program(name) {
  if (name === '--vitest') return [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')];
  return ['--enable-source-maps', join(ROOT, 'dist', `${name}.js`)];
}

async function install() {
  const startedAt = Date.now();
  // npm ci empties the folder first, also the one behind a link, which others may be using.
  if (lstatSync(join(ROOT, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail(
      'node_modules is a symbolic link, and what it leads to is not up to date. Run npm ci there, or remove the link.',
    );
  }
  say('Installing packages: npm ci');
  // The dev dependencies too, whatever NODE_ENV says: the compiler is one of them.
  const ci = ['ci', '--no-audit', '--no-fund', '--include=dev', '--include=optional'];
  // Under `npm run`, npm tells where it is; outside it is on the path (a .cmd file on Windows).
  const npm = process.env.npm_execpath;
  const code =
    npm !== undefined && basename(npm) === 'npm-cli.js'
      ? await run([npm, ...ci])
      : await wait(spawn('npm', ci, { cwd: ROOT, stdio: 'inherit', shell: process.platform === 'win32' }));
  if (code !== 0) fail('npm ci failed.', code);
  markInstalled(ROOT);
  say(`Packages installed in ${seconds(startedAt)}`);
}

async function compile() {
  const startedAt = Date.now();
  say('Compiling');
  const from = sources(ROOT);
  removeOrphans(ROOT);
  const code = await run([
    join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    'tsconfig.build.json',
  ]);
  if (code !== 0) fail('The sources do not compile.', code);
  markCompiled(ROOT, from);
  say(`Compiled in ${seconds(startedAt)}`);
}

/** Runs Node.js with our own input and output. @param {string[]} nodeArgs */
function run(nodeArgs) {
  return wait(spawn(process.execPath, nodeArgs, { cwd: ROOT, stdio: 'inherit' }));
}

/**
 * Waits for a child, passing on what we are told. @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>} its exit code
 */
function wait(child) {
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    // Ctrl-C in a terminal reaches the child by itself, and twice would mean: at once.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  return new Promise((resolve) => {
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => {
      for (const name of FORWARDED) process.off(name, forward);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** @param {number} startedAt */
function seconds(startedAt) {
  return `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}

/** @param {string} line @returns {never} */
function fail(line, code = 1) {
  say(line);
  process.exit(code);
}
