import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { beforeAll, describe, expect, test } from 'vitest';

import { FIRST_ORDER } from '../../deploy/compose/first-order.js';
import { issueToken } from '#access';
import { isExternal, NEEDS_OWN_SHOP, openOwnShop } from '../e2e/open-shop.js';
import { findPage } from './pages.js';

const { shop, urls, accessKey } = await openOwnShop();
const { order, inventory, payment, 'gateway-simulator': gateway } = urls;

/** Pairs of an address in the tutorial and the address of this shop. */
const ADDRESSES = [order, inventory, payment, gateway].map(
  (url, index) => [`http://127.0.0.1:${3000 + index}`, url] as const,
);

interface Block {
  readonly language: string;
  readonly text: string;
}

/** The code blocks before the commands of other shells. */
function parseBlocks(): readonly Block[] {
  const { text } = findPage('docs/tutorial/first-order.md');
  const section = text.slice(0, text.indexOf('\n## In PowerShell'));
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    language,
    text: code,
  }));
}

/** Replaces ids and times, which differ in every run. */
function maskIdsAndTimes(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll('\r', '');
}

/** The keys of the JSON in each server-sent event. */
function parseEventKeys(stream: string): string[] {
  return [...stream.matchAll(/^data: (.*)$/gm)].map(([, data = '{}']) =>
    Object.keys(JSON.parse(data) as object).join(),
  );
}

describe('the tutorial of the first order', () => {
  let output = '';

  beforeAll(async () => {
    if (isExternal) return;
    const { id } = await shop.place(FIRST_ORDER);
    await shop.waitUntilEnded(id);
    const commands = parseBlocks().flatMap(({ language, text }) => (language === 'sh' ? [text] : []));
    const token = await issueToken(accessKey, { sub: 'alice', scopes: ['shop', 'support', 'stock'] });
    const script = ADDRESSES.reduce(
      (text, [from, to]) => text.replaceAll(from, to),
      commands.join('\necho\n').replace(/\$\(docker compose run --rm ops token [^)]*\)/, token),
    );
    const { stdout } = await promisify(execFile)('sh', ['-ec', script], { timeout: 60_000 });
    output = maskIdsAndTimes(stdout);
  }, 60_000);

  test('has commands that print the shown responses', ({ skip }) => {
    skip(isExternal, NEEDS_OWN_SHOP);
    const responses = parseBlocks().filter(({ language }) => language === 'http' || language === 'json');
    const lines = responses.flatMap(({ text }) => maskIdsAndTimes(text).trim().split('\n'));
    expect(lines.length).toBeGreaterThan(6);
    for (const line of lines) expect(output).toContain(line);
  });

  test('shows events with the keys of the five real ones', ({ skip }) => {
    skip(isExternal, NEEDS_OWN_SHOP);
    const stream = parseBlocks().find(({ language }) => language === 'text')?.text ?? '';
    const shown = parseEventKeys(stream);
    const received = parseEventKeys(output);
    expect(received).toHaveLength(5);
    expect(shown.length).toBeGreaterThan(0);
    expect(received).toEqual(expect.arrayContaining(shown));
    expect(output).toContain('event: completed');
  });
});
