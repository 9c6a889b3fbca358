// Holds the budget for plain words: vague words and banned phrases in comments and pages, and the length of sentences.
//
//   node tools/check/prose.mjs            checks every folder of BUDGETS; exit code 1 names what exceeds its budget
//   node tools/check/prose.mjs --list     prints each vague word and banned phrase with file and line
//
// Counted in TypeScript and JavaScript: comments. In Markdown: text outside code. Code in backticks, links and quotes of
// test titles (text in backticks) do not count.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { ignoreClosedOutput } from '../run/closed-output.mjs';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const VAGUE =
  /\b(what|whatever|whoever|whom|whose|nobody|somebody|anybody|everybody|others|the rest|those|such|of its own|of ours|anew|meanwhile|things?|something|nothing)\b/gi;

/** Never, in comments and in English pages. Each stands where the field has a term. */
const BANNED =
  /\b(whoever|whom|nobody|somebody|anybody|anew|of its own|of ours|be had|whatever|set aside|sets aside|puts? off|is told|hears|mends?|mended|lastly|standstill|wary|wiretap|shoppers?|upkeep|housekeeping|crash points?)\b/gi;

/** A budget: vague words per 1,000 words, and the 95th percentile of words per sentence. */
const BUDGETS = [
  { name: 'libs', folders: ['libs'], vagueMax: 8, sentenceP95Max: 30 },
  { name: 'apps', folders: ['apps'], vagueMax: 8, sentenceP95Max: 30 },
  { name: 'tools', folders: ['tools', 'deploy', 'lessons'], vagueMax: 12, sentenceP95Max: 30 },
  { name: 'tests', folders: ['test'], vagueMax: 12, sentenceP95Max: 30 },
  {
    name: 'pages',
    folders: ['docs', 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
    vagueMax: 12,
    sentenceP95Max: 34,
  },
];

const SKIPPED =
  /(^|\/)(node_modules|dist|\.local|released|generated|(async|open)api\/.*\.json|results)(\/|$)/;

/**
 * @typedef {{ file: string, line: number, phrase: string }} Finding
 * @typedef {{ words: number, vague: Finding[], banned: Finding[], sentences: number[] }} Prose
 */

/** @param {string} folder @returns {string[]} files of the folder, or the file itself, relative to the root */
function filesOf(folder) {
  if (/\.\w+$/.test(folder)) return [folder];
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((file) => !SKIPPED.test(file) && /\.(ts|mjs|md)$/.test(file) && !file.endsWith('.zh-CN.md'));
}

/**
 * The prose of a file with everything else blanked, line for line.
 * @param {string} file @param {string} text
 */
export function proseOf(file, text) {
  const blank = (/** @type {string} */ code) => code.replaceAll(/[^\n]/g, ' ');
  if (file.endsWith('.md')) {
    return text
      .replaceAll(/```[\s\S]*?```/g, blank)
      .replaceAll(/<!--[\s\S]*?-->/g, blank)
      .replaceAll(/`[^`\n]*`/g, ' X ')
      .replaceAll(/\]\([^)]*\)/g, '] ')
      .replaceAll(/https?:\S+/g, '');
  }
  let prose = '';
  let end = 0;
  for (const match of text.matchAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/ ?.*$/gm)) {
    prose +=
      blank(text.slice(end, match.index)) +
      match[0].replaceAll(/^\s*\*+/gm, ' ').replaceAll(/\/\*+|\*\/|\/\//g, '  ');
    end = match.index + match[0].length;
  }
  return (prose + blank(text.slice(end)))
    .replaceAll(/`[^`]*`/g, (code) => ` X ${blank(code)}`)
    .replaceAll(/https?:\S+|@\w+|\{@link [^}]*\}/g, '');
}

/** @param {string} file @param {string} prose @returns {Prose} */
export function measure(file, prose) {
  const find = (/** @type {RegExp} */ phrases) =>
    [...prose.matchAll(phrases)].map((match) => ({
      file,
      line: prose.slice(0, match.index).split('\n').length,
      phrase: match[0],
    }));
  const wordsIn = (/** @type {string} */ text) => (text.match(/[A-Za-z’']+/g) ?? []).length;
  const sentences = prose
    .split(/[.!?:;|]\s|\n\s*\n|\n\s*[-#|]/)
    .map(wordsIn)
    .filter((count) => count > 2);
  return { words: wordsIn(prose), vague: find(VAGUE), banned: find(BANNED), sentences };
}

/** @param {readonly number[]} values */
function percentile95(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.95)] ?? 0;
}

/** @param {{ folders: string[] }} budget @returns {Prose} */
function measureAll({ folders }) {
  const files = folders.flatMap(filesOf);
  const all = files.map((file) => measure(file, proseOf(file, readFileSync(join(ROOT, file), 'utf8'))));
  return {
    words: all.reduce((sum, { words }) => sum + words, 0),
    vague: all.flatMap(({ vague }) => vague),
    banned: all.flatMap(({ banned }) => banned),
    sentences: all.flatMap(({ sentences }) => sentences),
  };
}

function main() {
  ignoreClosedOutput();
  const isList = process.argv.includes('--list');
  const problems = [];
  for (const budget of BUDGETS) {
    const { words, vague, banned, sentences } = measureAll(budget);
    const per1000 = (1000 * vague.length) / Math.max(1, words);
    const p95 = percentile95(sentences);
    console.log(
      `${budget.name.padEnd(6)} ${String(words).padStart(6)} words, vague ${per1000.toFixed(1)} of ${budget.vagueMax} per 1,000, ` +
        `sentence p95 ${p95} of ${budget.sentenceP95Max} words, banned ${banned.length}`,
    );
    const describe = (/** @type {Finding} */ { file, line, phrase }) => `  ${file}:${line} ${phrase}`;
    if (isList) for (const finding of [...vague, ...banned]) console.log(describe(finding));
    if (per1000 > budget.vagueMax)
      problems.push(`${budget.name}: ${per1000.toFixed(1)} vague words per 1,000; --list names them`);
    if (p95 > budget.sentenceP95Max)
      problems.push(`${budget.name}: a twentieth of the sentences has ${p95} words or more`);
    problems.push(...banned.map((finding) => `banned:${describe(finding)}`));
  }
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
