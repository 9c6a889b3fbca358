// Checks the built site: every internal link has a page and an anchor, no page loads anything from another host, every
// page has an address in both languages, and the search finds Chinese and English words. The last line is `N passed, N failed`.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = join(dirname(fileURLToPath(import.meta.url)), '.dist');
const files = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).map((name) =>
  name.replaceAll('\\', '/'),
);
const pages = files.filter((name) => name.endsWith('.html'));
/** @param {string} file */
const read = (file) => readFileSync(join(DIST, file), 'utf8');

/** @type {Map<string, ReadonlySet<string>>} */
const anchors = new Map(
  pages.map((page) => [page, new Set([...read(page).matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id))]),
);

/** The file that a link leads to. @param {string} page @param {string} path */
function resolve(page, path) {
  const joined = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(page), path);
  const clean = posix.normalize(decodeURIComponent(joined)).replace(/^\.\/?$/, '');
  return [clean, `${clean}.html`, posix.join(clean, 'index.html')].find(
    (file) => file !== '' && existsSync(join(DIST, file)) && statSync(join(DIST, file)).isFile(),
  );
}

/** @param {string} page @returns {string[]} */
function deadLinks(page) {
  const hrefs = [...read(page).matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, href = '']) => href);
  return hrefs.flatMap((href) => {
    if (/^(?:[a-z][a-z+.-]*:|\/\/)/i.test(href)) return [];
    const [path = '', anchor] = href.replaceAll('&amp;', '&').split('#');
    const target = path === '' ? page : resolve(page, path);
    if (target === undefined) return [`${page}: ${href} has no page`];
    if (anchor === undefined || anchor === '' || !target.endsWith('.html')) return [];
    return anchors.get(target)?.has(decodeURIComponent(anchor)) ? [] : [`${page}: ${href} has no anchor`];
  });
}

/** @param {string} page @returns {string[]} */
function foreignResources(page) {
  const loads = [
    ...read(page).matchAll(/<(?:script|link|img|iframe)[^>]*(?:href|src)="((?:https?:)?\/\/[^"]+)"/g),
  ];
  return loads.map(([, url]) => `${page} loads ${url}`);
}

const english = pages.filter((page) => !page.startsWith('zh/') && page !== '404.html');
const index = files
  .filter((file) => /@localSearchIndex.*\.js$/.test(file))
  .map(read)
  .join('\n');

/** @type {readonly [string, readonly string[]][]} */
const checks = [
  ['every link has a page and an anchor', pages.flatMap(deadLinks)],
  ['no page loads from another host', pages.flatMap(foreignResources)],
  ['every page has an address in Chinese', english.filter((page) => !pages.includes(`zh/${page}`))],
  [
    'the search index has words of both languages',
    ['outbox', '消息', '死信', '幂等'].filter((word) => !index.includes(word)),
  ],
];
let failed = 0;
for (const [title, problems] of checks) {
  console.log(`${problems.length === 0 ? '✓' : '✗'} ${title}`);
  for (const problem of problems.slice(0, 50)) console.log(`    ${problem}`);
  if (problems.length > 0) failed += 1;
}
console.log(`${pages.length} pages`);
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
