import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { beforeAll, describe, expect, test } from 'vitest';

import { isExternal, NEEDS_OWN_SHOP, openOwnShop } from '../e2e/open-shop.js';
import { findPage } from './pages.js';

const { urls } = await openOwnShop();
const { order, inventory, payment, 'gateway-simulator': gateway } = urls;

/** The addresses of the README, and those of this shop. */
const ADDRESSES = [order, inventory, payment, gateway].map(
  (url, index) => [`http://127.0.0.1:${3000 + index}`, url] as const,
);

interface Block {
  readonly language: string;
  readonly text: string;
}

/** The code blocks of the section with commands to try. */
function parseBlocks(): readonly Block[] {
  const { text } = findPage('README.md');
  const section = text.slice(text.indexOf('\n## Try it\n'), text.indexOf('\n## What was asked'));
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    language,
    text: code,
  }));
}

/** Without what is different every time. */
function maskIdsAndTimes(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll('\r', '');
}

describe('the README', () => {
  let output = '';

  beforeAll(async () => {
    if (isExternal) return;
    const commands = parseBlocks().flatMap(({ language, text }) => (language === 'sh' ? [text] : []));
    const script = ADDRESSES.reduce(
      (text, [from, to]) => text.replaceAll(from, to),
      commands.join('\necho\n'),
    );
    const { stdout } = await promisify(execFile)('sh', ['-ec', script], { timeout: 60_000 });
    output = maskIdsAndTimes(stdout);
  }, 60_000);

  test('has commands that work as they stand, one after the other, and answers as they come', ({ skip }) => {
    skip(isExternal, NEEDS_OWN_SHOP);
    const responses = parseBlocks().filter(({ language }) => language === 'http' || language === 'json');
    const lines = responses.flatMap(({ text }) => maskIdsAndTimes(text).trim().split('\n'));
    expect(lines.length).toBeGreaterThan(6);
    for (const line of lines) expect(output).toContain(line);
  });

  test('shows an event stream as it is, but for which of the two answers comes first', ({ skip }) => {
    skip(isExternal, NEEDS_OWN_SHOP);
    const stream = parseBlocks().find(({ language }) => language === 'text')?.text ?? '';
    const keysOf = (data: string): string => Object.keys(JSON.parse(data) as object).join();
    const shown = [...stream.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => keysOf(data));
    const came = [...output.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => keysOf(data));
    expect(shown).toEqual(came);
    expect(output).toContain('event: completed');
  });
});
