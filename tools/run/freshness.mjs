// Decides whether to install and compile. Plain JavaScript: it runs before packages are installed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The lowest supported version of Node.js. */
const NODE_MIN = { major: 20, minor: 19 };

const INSTALLED = 'node_modules/.install-stamp';
const COMPILED = 'dist/.compile-stamp.json';
const COMPILER_INPUTS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'tools/console/page/tsconfig.json',
  'tools/run/compile.mjs',
];

/**
 * @param {string} version for example `20.19.0`
 * @returns {string | undefined} an error message, or undefined when the version is supported
 */
export function refusedNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > NODE_MIN.major || (major === NODE_MIN.major && minor >= NODE_MIN.minor)) return undefined;
  return `Node.js ${NODE_MIN.major}.${NODE_MIN.minor} or newer is required; this is ${version}.`;
}

/**
 * Whether node_modules matches package-lock.json and this platform. An interrupted install has no stamp. An install
 * by npm itself has none either: then the time of npm's hidden lock file decides.
 * @param {string} root
 */
export function isInstalled(root) {
  if (existsSync(join(root, INSTALLED)))
    return readFileSync(join(root, INSTALLED), 'utf8') === installStamp(root);
  const byNpm = modifiedAt(join(root, 'node_modules/.package-lock.json'));
  return byNpm !== undefined && byNpm >= (modifiedAt(join(root, 'package-lock.json')) ?? 0);
}

/** @param {string} root */
export function markInstalled(root) {
  writeFileSync(join(root, INSTALLED), installStamp(root));
}

/**
 * Whether dist was compiled from the current sources.
 * @param {string} root
 */
export function isCompiled(root) {
  return JSON.stringify(compiledFrom(root)) === JSON.stringify(sources(root));
}

/**
 * Deletes the output of deleted sources: migrations are loaded by file name, so a stale one would run.
 * @param {string} root
 */
export function removeOrphans(root) {
  const now = sources(root);
  for (const source of Object.keys(compiledFrom(root))) {
    if (source in now || !/\.tsx?$/.test(source)) continue;
    const output = join(root, 'dist', source.replace(/\.tsx?$/, '.js'));
    rmSync(output, { force: true });
    rmSync(`${output}.map`, { force: true });
  }
}

/**
 * @param {string} root
 * @param {Record<string, string>} from the result of {@link sources} before the compiler started
 */
export function markCompiled(root, from) {
  const stamp = join(root, COMPILED);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, JSON.stringify(from));
}

/**
 * All files that the compiler reads, each with its size and modification time.
 * @param {string} root
 * @returns {Record<string, string>}
 */
export function sources(root) {
  const { include: folders } = /** @type {{ include: string[] }} */ (
    readJson(join(root, 'tsconfig.build.json'))
  );
  const inFolders = folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(tsx?|css)$/.test(name) && !name.endsWith('.spec.ts'))
        .map((name) => join(folder, name)),
    );
  const files = [...inFolders, ...COMPILER_INPUTS.filter((file) => existsSync(join(root, file)))].sort();
  return Object.fromEntries(
    files.map((file) => {
      const { size, mtimeMs } = statSync(join(root, file));
      return [file, `${size} ${mtimeMs}`];
    }),
  );
}

/** @param {string} root @returns {Record<string, string>} */
function compiledFrom(root) {
  const stamp = join(root, COMPILED);
  return existsSync(stamp) ? /** @type {Record<string, string>} */ (readJson(stamp)) : {};
}

/** @param {string} file @returns {unknown} */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** @param {string} root */
function installStamp(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
}

/** @param {string} file @returns {number | undefined} */
function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
