// Copies the Markdown pages of the repository to site/.pages, where VitePress reads them:
//
//   docs/x.md → x.md        docs/x.zh-CN.md → zh/x.md        README.md → overview.md        docs/README.md → pages.md
//
// A page without a Chinese form stands in zh/ in English. Links between pages follow. A link to a source file becomes its name with its path, because the site has no sources.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const SITE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(SITE);
const PAGES = join(SITE, '.pages');

/** @returns {string[]} the pages, by their path from the root of the repository */
function listPages() {
  const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => posix.join('docs', name.replaceAll('\\', '/')));
  const inRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...inRoot, ...inDocs].sort();
}

/** @param {string} page from the root of the repository @returns {string} its path in the site */
function sitePath(page) {
  const isChinese = page.endsWith('.zh-CN.md');
  const path = page
    .replace(/\.zh-CN\.md$/, '.md')
    .replace(/^docs\/README\./, 'pages.')
    .replace(/^docs\//, '')
    // Keeps the policy for reporters apart from docs/explanation/security.md.
    .replace(/^SECURITY\./, 'report-a-vulnerability.')
    .replace(/(^|\/)README\.md$/, '$1overview.md');
  return isChinese ? `zh/${path}` : path;
}

/**
 * @param {string} page from the root of the repository
 * @param {string} from its path in the site
 * @param {ReadonlySet<string>} pages
 */
function convert(page, from, pages) {
  const text = readFileSync(join(ROOT, page), 'utf8');
  // Code blocks stay as they are.
  return text
    .split(/(^ *```[\s\S]*?^ *```$)/m)
    .map((part, index) => (index % 2 === 1 ? part : rewriteLinks(page, part, from, pages)))
    .join('');
}

/** @param {string} page @param {string} text @param {string} from @param {ReadonlySet<string>} pages */
function rewriteLinks(page, text, from, pages) {
  /** @param {string} whole @param {string} image @param {string} label @param {string} target */
  const rewrite = (whole, image, label, target) => {
    if (/^[a-z][a-z+.-]*:/i.test(target) || target.startsWith('#')) return whole;
    const [path = '', anchor] = target.split('#');
    const file = posix.normalize(posix.join(posix.dirname(page), decodeURIComponent(path)));
    if (image) return `![${label}](${relativeTo(from, publish(file))})`;
    if (pages.has(file))
      return `[${label}](${relativeTo(from, inLanguage(from, sitePath(file), anchor))}${anchor ? `#${anchor}` : ''})`;
    return `<span class="source" title="${file}">${renderLabel(label)}</span>`;
  };
  return text.replaceAll(/(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g, rewrite);
}

/** @param {string} label Markdown: text, or code in backticks */
function renderLabel(label) {
  const code = /^`(.*)`$/.exec(label);
  return code ? `<code v-pre>${escapeHtml(code[1] ?? '')}</code>` : escapeHtml(label);
}

/** @param {string} text */
function escapeHtml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * A page in zh/ links to pages in zh/. The link to its English form stays, and so does one to an English section.
 * @param {string} from @param {string} target @param {string | undefined} anchor
 */
function inLanguage(from, target, anchor) {
  const isForeign = from.startsWith('zh/') && !target.startsWith('zh/');
  return isForeign && from !== `zh/${target}` && anchor === undefined ? `zh/${target}` : target;
}

/** @param {string} from @param {string} target both in the site */
function relativeTo(from, target) {
  const path = posix.relative(posix.dirname(from), target);
  return path.startsWith('.') ? path : `./${path}`;
}

/** Copies an image. @param {string} file */
function publish(file) {
  const target = join(PAGES, file.replace(/^docs\//, ''));
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(ROOT, file), target);
  return file.replace(/^docs\//, '');
}

/** Copies all pages. @returns {number} how many */
export function preparePages() {
  rmSync(PAGES, { recursive: true, force: true });
  const pages = new Set(listPages());
  for (const page of pages) {
    const isTranslated = page.endsWith('.zh-CN.md') || pages.has(page.replace(/\.md$/, '.zh-CN.md'));
    for (const path of isTranslated ? [sitePath(page)] : [sitePath(page), `zh/${sitePath(page)}`]) {
      const target = join(PAGES, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, convert(page, path, pages));
    }
  }
  for (const home of ['index.md', 'zh/index.md']) {
    const source = join(SITE, 'home', home.replace('/', '-'));
    if (existsSync(source) && statSync(source).isFile()) cpSync(source, join(PAGES, home));
  }
  return pages.size;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(`${preparePages()} pages prepared`);
