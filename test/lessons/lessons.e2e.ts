import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, afterEach, describe, expect, inject, test } from 'vitest';

import { lessons } from '../../lessons/all.js';
import { type Count, countViolations, type LessonContext } from '../../lessons/lesson.js';
import { ShopClient } from '../../tools/client/shop-client.js';
import { TokenSource } from '../../tools/client/token-source.js';
import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { Broker } from '../../tools/demo/broker.js';
import { DatabaseReader } from '../../tools/demo/database-reader.js';
import { createSandboxAccess } from '../../tools/lesson/sandbox-access.js';
import { LocalShopControl } from '../../tools/lesson/shop-control.js';
import { Databases } from '../../tools/local/databases.js';
import { VirtualHosts } from '../../tools/local/virtual-hosts.js';
import { isExternal, NEEDS_OWN_SHOP, startShop } from '../e2e/start-shop.js';
import { checkAnswer } from '../setup/check-answers.js';
import { wrongSolutions } from './wrong-solutions.js';

const context = isExternal ? undefined : await openLessons();

/** Starts a shop that only this file uses, with the database and broker user of the naive programs. */
async function openLessons(): Promise<LessonContext> {
  const [databases, virtualHosts] = [
    new Databases(inject('databaseAccess')),
    new VirtualHosts(inject('brokerAccess')),
  ];
  const { platform, address, stop } = await startShop(databases.access, virtualHosts.access);
  const { rabbitmqUrl, databaseUrls, brokerUrls } = platform;
  const name = `lessons_${randomBytes(4).toString('hex')}`;
  const sandbox = await createSandboxAccess({ databases, virtualHosts, rabbitmqUrl, name });
  const database = new DatabaseReader(databaseUrls);
  const broker = await Broker.connect(rabbitmqUrl, brokerUrls.order);
  const control = new LocalShopControl(platform);
  afterEach(() => control.reset());
  afterAll(async () => {
    await Promise.all([database.close(), broker.close()]);
    await sandbox.drop();
    await stop();
  });
  const shop = new ShopClient(address.urls, new TokenSource(platform.accessKey), checkAnswer);
  return { shop, database, broker, control, sandbox: sandbox.urls, report: () => {} };
}

function importLesson(slug: string, file: 'exercise' | 'solution'): () => Promise<never> {
  const url = pathToFileURL(join(REPOSITORY_ROOT, 'lessons', slug, `${file}.ts`)).href;
  return () => import(/* @vite-ignore */ url) as Promise<never>;
}

function violations(counts: readonly Count[]): Record<string, number> {
  const broken = counts.filter(({ isViolation = false, value }) => isViolation && value > 0);
  return Object.fromEntries(broken.map(({ label, value }) => [label.en, value]));
}

function adviceFor(counts: readonly Count[]): string {
  return counts
    .flatMap(({ isViolation, value, advice }) => (isViolation && value > 0 && advice ? [advice.en] : []))
    .join('\n');
}

describe.skipIf(context === undefined).each(lessons.map((lesson) => [lesson.slug, lesson] as const))(
  `%s${isExternal ? ` (${NEEDS_OWN_SHOP})` : ''}`,
  (slug, lesson) => {
    const naive = lesson.naive.map((one) => [one.source.name, one.run] as const);
    test.each(naive)('the naive %s breaks the promise', async (_name, run) => {
      expect(countViolations(await run(context!))).toBeGreaterThan(0);
    });

    test('the shop keeps the promise', async () => {
      const { counts, rows } = await lesson.ours(context!);
      expect(violations(counts)).toEqual({});
      for (const { service, sql } of rows)
        expect(await context!.database.query(service, sql)).not.toEqual([]);
    });

    test('the solution passes', async () => {
      expect(violations(await lesson.check(context!, importLesson(slug, 'solution')))).toEqual({});
    });

    test('the unchanged exercise fails with advice', async () => {
      const counts = await lesson.check(context!, importLesson(slug, 'exercise'));
      expect(adviceFor(counts)).not.toBe('');
    });

    const wrong = (wrongSolutions[slug] ?? []).map((one) => [one.title, one] as const);
    test.each(wrong)('a solution that %s fails with advice', async (_title, { load, advice }) => {
      const counts = await lesson.check(context!, load as () => Promise<never>);
      expect(adviceFor(counts)).toMatch(advice);
    });
  },
);

test('every lesson has two wrong solutions', () => {
  for (const { slug } of lessons) expect(wrongSolutions[slug]?.length, slug).toBeGreaterThanOrEqual(2);
});
