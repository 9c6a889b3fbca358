import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { connect } from 'amqplib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { brokerUserFromUrl } from '#messaging';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { createOrderRequest } from '../../tools/client/api-types.js';
import { IMAGES, isSkipped, NEEDS_BROWSER, type OpenConsole, openConsole } from './console-browser.js';

/** Most bytes of the page's code, compressed by gzip. */
const PAGE_BYTES_MAX = 60_000;
/** Rows that appear are tinted for a moment: their animations end first. */
const RUN_AXE = `(async () => {
  for (const animation of document.getAnimations()) if (!animation.effect.target.closest('svg')) animation.finish();
  const { violations } = await axe.run();
  return violations.map(({ id, nodes }) => id + ': ' + nodes[0].html + ' ' + nodes[0].failureSummary);
})()`;
const VIEWS = ['', 'orders', 'dead-letters', 'lab', 'invariants', 'search/TEA'];

describe.skipIf(isSkipped)(`the console in a browser (${NEEDS_BROWSER})`, { timeout: 120_000 }, () => {
  let opened: OpenConsole;
  let page: Page;

  beforeAll(async () => {
    opened = await openConsole();
    ({ page } = opened);
  }, 120_000);

  afterAll(() => opened.close());

  /** Shows a view. Only the fragment of the address changes, so the page is not loaded again. */
  async function show(view: string): Promise<void> {
    await page.goto(`${opened.console.url}/#/${view}`);
  }

  /** Sends a request as the page does. */
  function call(path: string, body?: object): Promise<{ status: number; body: unknown }> {
    return page.evaluate(
      async ([url, json]) => {
        const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: json! };
        const response = await fetch(url!, json === undefined ? {} : init);
        return { status: response.status, body: (await response.json()) as never };
      },
      [path, body && JSON.stringify(body)],
    );
  }

  async function publishRaw(body: Buffer): Promise<string> {
    const url = opened.platform.brokerUrls.order;
    const messageId = randomUUID();
    const connection = await connect(url);
    const channel = await connection.createConfirmChannel();
    channel.publish('order.events', 'order.placed.0', body, { messageId, userId: brokerUserFromUrl(url) });
    await channel.waitForConfirms();
    await connection.close();
    return messageId;
  }

  test('an order placed on the page completes on the page', async () => {
    await page.click('[data-action="place-one"]');
    const row = page.locator('tr[data-status="completed"]').first();
    await row.waitFor();
    await row.locator('a').click();
    await page.locator('[data-sentence]').filter({ hasText: 'Completed in' }).waitFor();
    await page.locator('[data-message]').first().click();
    await page.click('[data-action="bytes"]');
    await page.getByText('matches its contract').waitFor();
    expect(opened.reported.at(-1)).toMatch(/the bytes of message [\w-]+ of order [\w-]+ were opened/);
  });

  test.each([
    ['place-declined', 'Cancelled because the payment gateway declined the payment (declined)'],
    [
      'place-out-of-stock',
      'Cancelled because inventory had too little stock: MOONCAKE-GIFT-BOX, 1 requested, 0 available',
    ],
  ])('%s: one sentence says why an order was cancelled', async (button, sentence) => {
    await show('');
    const before = await page.locator('tr[data-order]').first().getAttribute('data-order');
    await page.click(`[data-action="${button}"]`);
    const newest = page.locator(`tr[data-order]:first-child:not([data-order="${before}"])`);
    await newest.locator('a').click();
    await page.locator('[data-sentence]').filter({ hasText: sentence }).waitFor();
  });

  test('a cut link makes queues grow, healing drains them, every invariant holds', async () => {
    await show('lab');
    const inventory = page.locator('[data-switch="inventory–broker"]');
    await inventory.locator('[data-action="cut"]').click();
    await inventory.locator('[data-action="heal"]').waitFor();
    expect((await call('/api/orders', { count: 20 })).status).toBe(200);
    const grown = page.locator('[data-queue^="inventory."]:not([data-ready="0"])');
    await grown.first().waitFor();
    await inventory.locator('[data-action="heal"]').click();
    await grown.first().waitFor({ state: 'detached', timeout: 30_000 });
    await expect
      .poll(() => call('/api/audit', {}), { timeout: 30_000 })
      .toMatchObject({ body: { checked: true } });
    await page.locator('.mark.good').nth(13).waitFor();
    expect(await page.locator('.mark.bad').count()).toBe(0);
  });

  test('a replay with a stale count is refused, and a correct one is published', async () => {
    for (let copy = 0; copy < 3; copy += 1) expect((await call('/api/lab/half', {})).status).toBe(200);
    await show('dead-letters');
    await page.locator('[data-service="inventory"] .number', { hasText: '3' }).click();
    await page.click('[data-action="dry-run"]');
    await page.locator('[data-dry-run]', { hasText: '3 dead letters' }).waitFor();
    const id = (await page.locator('[data-letter]').first().getAttribute('data-letter')) ?? '';
    const discarded = { ids: [id], expect: 1, reason: 'another operator was faster' };
    expect((await call('/api/dead-letters/inventory/discard', discarded)).status).toBe(200);

    await page.fill('.reason', 'the cause is corrected');
    await page.click('[data-action="replay"]');
    await page.getByRole('alert').filter({ hasText: 'the dry run counted 3, now 2 match' }).waitFor();

    await page.click('[data-action="dry-run"]');
    await page.locator('[data-dry-run]', { hasText: '2 dead letters' }).waitFor();
    await page.click('[data-action="replay"]');
    await page.locator('[data-progress="done"]').waitFor();
  });

  test.each([
    [
      'HTML',
      Buffer.from('<img src=x onerror="document.title=1"><script>document.title=2</script>'),
      'text',
      '<img src=x',
    ],
    ['ANSI', Buffer.from('\u001b[2J\u001b[31mred\u202e'), 'text', '␛[2J␛[31mred⟨U+202E⟩'],
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0xc0]), 'hex', '7b ff fe c0'],
    ['256 KB', Buffer.alloc(256 * 1024, 'x'), 'text', 'xxxx'],
  ])('a dead letter of hostile bytes is shown safely: %s', async (_name, body, kind, shown) => {
    const messageId = await publishRaw(body);
    const find = async (): Promise<string | undefined> => {
      const { body: found } = await call('/api/dead-letters/inventory');
      const { letters } = found as { letters: { id: string; messageId: string }[] };
      return letters.find((letter) => letter.messageId === messageId)?.id;
    };
    await expect.poll(find, { timeout: 20_000 }).toBeDefined();
    const id = await find();
    await show(`dead-letters/inventory/any/${id}`);
    const pre = page.locator(`[data-body="${kind}"]`, { hasText: shown });
    await pre.waitFor();
    expect(await page.title()).toBe('order-processing');
    expect((await pre.textContent())?.length).toBeLessThan(70_000);
  });

  test('a source that is unavailable is named, and disappears after its recovery', async () => {
    const { inventory } = opened.platform.processes;
    await show('');
    await inventory.stop();
    const problem = page.locator('.problems').filter({ hasText: 'inventory service' });
    await problem.waitFor();
    await inventory.start();
    await problem.waitFor({ state: 'detached' });
  });

  test.each(['light', 'dark'])('axe-core finds no violation in any view: %s', async (theme) => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const order = await opened.shop.place(createOrderRequest('TEA-LONGJING-100G'));
    await opened.shop.waitUntilEnded(order.id);
    await page.evaluate(axe);
    await chooseTheme(theme);
    for (const view of [...VIEWS, `orders/${order.id}`]) {
      await show(view);
      await page.locator('main .panel header').first().waitFor();
      const violations = await page.evaluate<string[]>(RUN_AXE);
      expect(violations, view).toEqual([]);
    }
  });

  test('the page works by keyboard', async () => {
    await show('');
    await page.keyboard.press('/');
    await page.keyboard.type('MOONCAKE');
    await page.keyboard.press('Enter');
    await page.locator('tr[data-order] a').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-sentence]').waitFor();
  });

  test.each([360, 1_024, 2_560])('no view is wider than the window at %i px', async (width) => {
    await page.setViewportSize({ width, height: 900 });
    for (const view of VIEWS) {
      await show(view);
      await page.locator('main .panel header').first().waitFor();
      expect(await page.evaluate<number>('document.documentElement.scrollWidth'), view).toBeLessThanOrEqual(
        width,
      );
    }
    await page.setViewportSize({ width: 1_440, height: 900 });
  });

  test('the chosen language stays, and the page is Chinese', async () => {
    await page.click('[data-action="language"]');
    await page.reload();
    await page
      .getByRole('heading', { name: '拓扑' })
      .or(page.getByRole('link', { name: '死信' }))
      .first()
      .waitFor();
    expect(await page.getAttribute('html', 'lang')).toBe('zh-CN');
    await page.click('[data-action="language"]');
  });

  test('the code of the page is below 60 KB, compressed', async () => {
    const folder = join(REPOSITORY_ROOT, 'dist', 'tools', 'console', 'page');
    const own = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.js'),
    );
    const vendor = opened.console.routes.filter((route) => /^GET \/vendor\/.*\.js$/.test(route));
    const texts = await Promise.all(
      vendor.map((route) =>
        page.evaluate(async (path) => (await fetch(path)).text(), route.replace('GET ', '')),
      ),
    );
    const sizes = [...own.map((name) => readFileSync(join(folder, name))), ...texts].map(
      (text) => gzipSync(text).length,
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(PAGE_BYTES_MAX);
  });

  test('no script of the page has failed', () => {
    expect(opened.scriptErrors).toEqual([]);
  });

  test.runIf(IMAGES !== undefined)('the pictures of the documentation are written', async () => {
    mkdirSync(IMAGES!, { recursive: true });
    const order = await opened.shop.place({
      ...createOrderRequest('TEA-LONGJING-100G', 2),
      paymentToken: 'tok_declined',
    });
    await opened.shop.waitUntilEnded(order.id);
    await expect
      .poll(() => call('/api/audit', {}), { timeout: 60_000 })
      .toMatchObject({ body: { checked: true } });
    await chooseTheme('light');
    await show(`orders/${order.id}`);
    await page.locator('[data-message]').nth(8).waitFor();
    await page.screenshot({ path: join(IMAGES!, 'console-order-light.png') });
    await call('/api/lab/load', { perSecond: 5 });
    for (const theme of ['light', 'dark']) {
      await chooseTheme(theme);
      await show('');
      await page.locator('tr[data-status="completed"]').nth(5).waitFor();
      await expect.poll(() => page.locator('.edges circle').count(), { timeout: 30_000 }).toBeGreaterThan(15);
      await page.screenshot({ path: join(IMAGES!, `console-live-${theme}.png`) });
    }
    await call('/api/lab/load', { perSecond: 0 });
  });

  async function chooseTheme(theme: string): Promise<void> {
    const current = await page.getAttribute('html', 'data-theme');
    if (current !== theme) await page.click('[data-action="theme"]');
  }
});
