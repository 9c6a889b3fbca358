// Every npm script runs this program first, also in a new clone without node_modules:
//
//   node tools/run/run.mjs tools/demo/main --yes    installs, compiles, then runs dist/tools/demo/main.js --yes
//   node tools/run/run.mjs --vitest run             installs, compiles, then runs vitest
//   node tools/run/run.mjs --install-only …         installs, then runs the program
//   node tools/run/run.mjs                          installs and compiles
//
// Up-to-date packages and output are kept.
import { spawn } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ignoreClosedOutput } from './closed-output.mjs';
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

ignoreClosedOutput();
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
  // npm ci empties node_modules first, also behind a symbolic link, where other clones may use it.
  if (lstatSync(join(ROOT, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail(
      'node_modules is a symbolic link and its target is not up to date. Run npm ci there, or remove the link.',
    );
  }
  say('Installing packages: npm ci');
  // Dev dependencies are included regardless of NODE_ENV: the compiler is one.
  const ci = ['ci', '--no-audit', '--no-fund', '--include=dev', '--include=optional'];
  // `npm run` sets npm_execpath; otherwise npm is on the PATH (a .cmd file on Windows).
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
  const code = await run([join(ROOT, 'tools', 'run', 'compile.mjs')]);
  if (code !== 0) fail('The sources do not compile.', code);
  markCompiled(ROOT, from);
  say(`Compiled in ${seconds(startedAt)}`);
}

/** Runs Node.js with the input and output of this process. @param {string[]} nodeArgs */
function run(nodeArgs) {
  return wait(spawn(process.execPath, nodeArgs, { cwd: ROOT, stdio: 'inherit' }));
}

/**
 * Waits for a child and forwards signals to it. @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>} its exit code
 */
function wait(child) {
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    // The terminal sends Ctrl-C to the child as well; a second SIGINT would skip its graceful shutdown.
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
