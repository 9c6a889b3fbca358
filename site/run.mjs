// npm run site              installs VitePress in site/, builds the site, checks it, and serves it on http://127.0.0.1:4173
// npm run site -- --check   builds and checks it only
// npm run site -- --port N  serves it on another port
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const SITE = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, port: { type: 'string', default: '4173' } },
});

/** Runs a program in site/ and exits with its code when it fails. @param {string} command @param {readonly string[]} args */
function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: SITE,
    stdio: 'inherit',
    shell: command === 'npm' && process.platform === 'win32',
  });
  if (error) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
}

/** Whether site/node_modules is as new as the lock file. */
function isInstalled() {
  const installed = join(SITE, 'node_modules', '.package-lock.json');
  return (
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(SITE, 'package-lock.json')).mtimeMs
  );
}

const vitepress = join(SITE, 'node_modules', 'vitepress', 'bin', 'vitepress.js');
if (!isInstalled()) run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
run(process.execPath, [vitepress, 'build']);
run(process.execPath, [join(SITE, 'check.mjs')]);
if (!values.check)
  run(process.execPath, [vitepress, 'preview', '--host', '127.0.0.1', '--port', values.port]);
