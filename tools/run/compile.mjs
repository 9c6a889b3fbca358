// Compiles the programs for Node.js and the console's page for browsers, side by side, and copies the page's stylesheet:
//
//   node tools/run/compile.mjs
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PAGE = join('tools', 'console', 'page');

const codes = await Promise.all([compile('tsconfig.build.json'), compile(PAGE)]);
process.exitCode = codes.find((code) => code !== 0) ?? 0;
mkdirSync(join(ROOT, 'dist', PAGE), { recursive: true });
copyFileSync(join(ROOT, PAGE, 'style.css'), join(ROOT, 'dist', PAGE, 'style.css'));

/** @param {string} project @returns {Promise<number>} the exit code of the compiler */
function compile(project) {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const child = spawn(process.execPath, [tsc, '-p', project], { cwd: ROOT, stdio: 'inherit' });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
