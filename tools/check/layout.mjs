// Prints how the repository keeps to its layout and comment rules, and fails when one of them is broken.
//
//   node tools/check/layout.mjs
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '');
const sources = files.filter(
  (file) => /^libs\/[^/]+\/src\/.*\.ts$/.test(file) && !/\.(spec|test)\.ts$/.test(file),
);
/** @param {string} file */
const read = (file) => readFileSync(join(ROOT, file), 'utf8');
/** @param {readonly string[]} values */
const unique = (values) => [...new Set(values)];

/** @type {{ rule: string, value: number, isMet: boolean, allowed: string }[]} */
const results = [];
/** @param {string} rule @param {number} value @param {number} min @param {number} max */
function expectBetween(rule, value, min, max) {
  const allowed = min === max ? `${max}` : min === 0 ? `at most ${max}` : `${min} to ${max}`;
  results.push({ rule, value, isMet: value >= min && value <= max, allowed });
}

/** Share of lines that are comments or part of one. @param {readonly string[]} given */
function commentPercent(given) {
  let comments = 0;
  let lines = 0;
  for (const text of given.map(read)) {
    lines += text.split('\n').filter((line) => line.trim() !== '').length;
    for (const [comment] of text.matchAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm))
      comments += comment.trim().split('\n').length;
  }
  return Math.round((1000 * comments) / lines) / 10;
}

/** Members of exported `…Options` interfaces in libs, and those without a doc comment. */
function undocumentedOptions() {
  /** @type {string[]} */
  const undocumented = [];
  let count = 0;
  for (const file of sources) {
    const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
    ts.forEachChild(source, (node) => {
      if (!ts.isInterfaceDeclaration(node) || !node.name.text.endsWith('Options')) return;
      for (const member of node.members) {
        count += 1;
        if (ts.getJSDocCommentsAndTags(member).length > 0) continue;
        const line = source.getLineAndCharacterOfPosition(member.getStart()).line + 1;
        undocumented.push(`${file}:${line} ${node.name.text}.${member.name?.getText() ?? ''}`);
      }
    });
  }
  return { count, undocumented };
}

/** Exported functions, classes, interfaces and their public methods in libs without a doc comment. */
function undocumentedExports() {
  /** @type {string[]} */
  const undocumented = [];
  for (const file of sources) {
    const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
    ts.forEachChild(source, (node) => {
      if (
        !ts.canHaveModifiers(node) ||
        !ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
      )
        return;
      if (!(ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)))
        return;
      if (ts.getJSDocCommentsAndTags(node).length === 0 && !node.name?.text.endsWith('Options')) {
        undocumented.push(`${file} ${node.name?.text ?? ''}`);
      }
    });
  }
  return undocumented;
}

const folders = unique(
  files.filter((file) => file.includes('/')).map((file) => file.split('/')[0] ?? ''),
).filter((name) => !name.startsWith('.'));
const libs = unique(sources.map((file) => file.split('/')[1] ?? ''));
const linesOf = (/** @type {string} */ lib) =>
  sources
    .filter((file) => file.startsWith(`libs/${lib}/`))
    .reduce((sum, file) => sum + read(file).split('\n').length, 0);
const messagingFolders = sources
  .filter((file) => file.startsWith('libs/messaging/'))
  .map((file) => dirname(file));
const filesPerFolder = unique(messagingFolders).map(
  (folder) => messagingFolders.filter((each) => each === folder).length,
);
const options = undocumentedOptions();
const undocumented = undocumentedExports();

expectBetween('folders at the root', folders.length, 0, 8);
expectBetween('libs', libs.length, 16, 16);
expectBetween('libs of fewer than 50 lines', libs.filter((lib) => linesOf(lib) < 50).length, 0, 1);
expectBetween('files in one folder of libs/messaging, most', Math.max(...filesPerFolder), 0, 11);
expectBetween(
  `members of …Options without a doc comment, of ${options.count}`,
  options.undocumented.length,
  0,
  0,
);
expectBetween('exports of libs without a doc comment', undocumented.length, 0, 0);
expectBetween('comment lines in libs, %', commentPercent(sources), 20, 27);

for (const { rule, value, isMet, allowed } of results)
  console.log(`${isMet ? '✓' : '✗'} ${rule}: ${value} (${allowed})`);
for (const finding of [...options.undocumented, ...undocumented]) console.log(`  ${finding}`);
if (results.some(({ isMet }) => !isMet)) process.exitCode = 1;
