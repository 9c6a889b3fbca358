import { expect, test } from 'vitest';

import { findPage } from './pages.js';

/** The code of a page in one language. */
function readCode(path: string, language: string): string {
  const blocks = findPage(path).text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'));
  return [...blocks].map(([, code = '']) => code).join('\n');
}

/** The JSON bodies in single quotes, as the argument that sh and PowerShell pass on. */
function quotedBodies(text: string): string[] {
  return [...text.matchAll(/'(\{".*?\})'/g)].map(([, body = '']) => body);
}

/** The JSON bodies of cmd: the C runtime of Windows reads `\"` in an argument as a quote. */
function escapedBodies(text: string): string[] {
  return [...text.matchAll(/-d "((?:\\"|[^"])*)"/g)].map(([, body = '']) => body.replaceAll('\\"', '"'));
}

const TUTORIAL = 'docs/tutorial/first-order.md';
const shell =
  readCode(TUTORIAL, 'sh') + findPage(TUTORIAL).text.split('\n## Make it fail')[1]!.split('\n## ')[0]!;
const bodies = quotedBodies(shell);
const powershell = readCode(TUTORIAL, 'powershell');
const cmd = readCode(TUTORIAL, 'bat');

/** The addresses of the services, which require a token, in the order of the commands. */
function addressesWithToken(code: string): string[] {
  return code
    .split('\n')
    .filter((line) => /authorization|\$headers/i.test(line))
    .flatMap((line) => /127\.0\.0\.1:300\d\/[^/?"' ]+/.exec(line)?.[0] ?? []);
}

test('PowerShell and cmd send a token to the services that sh sends it to', () => {
  const expected = new Set(addressesWithToken(shell.replaceAll('\\\n', '')));
  expect(expected.size).toBeGreaterThan(2);
  expect(new Set(addressesWithToken(powershell))).toEqual(expected);
  expect(new Set(addressesWithToken(cmd))).toEqual(expected);
});

test('PowerShell and cmd send the bodies of sh', () => {
  expect(bodies.length).toBeGreaterThan(1);
  expect(bodies.map((body) => JSON.parse(body) as unknown)).not.toContain(undefined);
  expect(quotedBodies(powershell)).toEqual(bodies);
  expect(escapedBodies(cmd)).toEqual(bodies);
});

test('PowerShell passes no quote to a program, and calls curl.exe', () => {
  // Windows PowerShell removes double quotes inside the arguments of programs.
  const programs = powershell.split('\n').filter((line) => /^(curl|npm)/.test(line));
  expect(programs.filter((line) => /[{'\\]|^curl |^npm /.test(line))).toEqual([]);
});

test('cmd gets no single quote, no continuation and no variable of another shell', () => {
  expect(cmd).not.toMatch(/'|\\\n|\$/);
});
