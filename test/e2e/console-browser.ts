import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { ShopClient } from '../../tools/client/shop-client.js';
import { TokenSource } from '../../tools/client/token-source.js';
import { LocalConsole } from '../../tools/console/local-console.js';
import type { RunningConsole } from '../../tools/console/server/console-server.js';
import type { LocalShop } from '../../tools/local/shop.js';
import { checkAnswer } from '../setup/check-answers.js';
import { isExternal, startShop } from './start-shop.js';

const CHROMIUM = [
  process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => existsSync(path));

export const NEEDS_BROWSER =
  'needs Chromium: apt-get install chromium, or CHROMIUM=/path/to/chrome; and a separate shop';

/** Whether the tests cannot run here. In CI they run or fail: `.ci/run` installs Chromium. */
export const isSkipped = isExternal || (CHROMIUM === undefined && process.env['CI'] === undefined);

export interface OpenConsole {
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly console: RunningConsole;
  readonly platform: LocalShop;
  readonly shop: ShopClient;
  readonly reported: readonly string[];
  /** Errors of the page's scripts. */
  readonly scriptErrors: readonly string[];
  /** Ends browser, console and shop. */
  readonly close: () => Promise<void>;
}

/** Starts a shop, its console and a browser that has opened the console's link. The caller closes them. */
export async function openConsole(): Promise<OpenConsole> {
  if (CHROMIUM === undefined) throw new Error(`CI ${NEEDS_BROWSER}`);
  const localConsole = new LocalConsole();
  const { platform, address, stop } = await startShop(
    inject('databaseAccess'),
    inject('brokerAccess'),
    localConsole.shopOptions,
  );
  const reported: string[] = [];
  const running = await localConsole.start(platform, { report: (line) => reported.push(line) });
  // Chromium's sandbox does not work as root, which containers of CI are.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args });
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  const scriptErrors: string[] = [];
  page.on('pageerror', (error) => scriptErrors.push(error.message));
  await page.goto(running.createLink());
  await page.waitForSelector('[data-queue]');
  const shop = new ShopClient(address.urls, new TokenSource(platform.accessKey), checkAnswer);
  const close = async (): Promise<void> => {
    await browser.close();
    await running.close();
    await stop();
    await localConsole.close();
  };
  return { browser, context, page, console: running, platform, shop, reported, scriptErrors, close };
}

/** Where `npm run docs:images` writes the pictures of the pages; undefined in other runs. */
export const IMAGES =
  process.env['DOCS_IMAGES'] === 'true' ? join(REPOSITORY_ROOT, 'docs', 'images') : undefined;
