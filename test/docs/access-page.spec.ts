import { join } from 'node:path';
import { expect, test } from 'vitest';

import type { Policy } from '#access';
import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { listRoutes, type Route } from '../security/guarded-services.js';
import { findPage } from './pages.js';

const words = {
  'docs/reference/access.md': {
    titles: ['service', 'route', 'scope'],
    all: 'each',
    public: 'public',
    or: ' or ',
  },
  'docs/reference/access.zh-CN.md': {
    titles: ['服务', '路由', '范围'],
    all: '每个',
    public: '公开',
    or: '或',
  },
} as const;
type Words = (typeof words)[keyof typeof words];

/** A route as text, and the services that have it. */
async function groupRoutes(): Promise<Map<string, { services: string[]; policy: Policy }>> {
  const grouped = new Map<string, { services: string[]; policy: Policy }>();
  for (const [service, routes] of await listRoutes()) {
    for (const { method, path, policy } of routes.filter(isOwn)) {
      const route = `${method} ${path}`;
      const known = grouped.get(route);
      expect(known?.policy ?? policy, route).toEqual(policy);
      grouped.set(route, { services: [...(known?.services ?? []), service], policy });
    }
  }
  return grouped;
}

/** Swagger UI registers a dozen paths below `/docs`; the table has the first. */
function isOwn({ path }: Route): boolean {
  return !path.startsWith('/docs') || path === '/docs';
}

function renderTable(routes: Awaited<ReturnType<typeof groupRoutes>>, page: Words): string {
  const rows = [...routes].map(([route, { services, policy }]) => {
    const scopes = policy === 'public' ? page.public : policy.map((scope) => `\`${scope}\``).join(page.or);
    return [services.length === 3 ? page.all : services.join(), `\`${route}\``, scopes];
  });
  const byService = rows.toSorted(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0));
  const [titles, ...lines] = [page.titles, ...byService].map((row) => `| ${row.join(' | ')} |`);
  return [titles, '|---|---|---|', ...lines].join('\n');
}

/** `npx vitest run --project unit test/docs/access-page.spec.ts -u` writes the table. */
test.each(Object.keys(words) as (keyof typeof words)[])('%s has the policy of every route', async (path) => {
  const table = renderTable(await groupRoutes(), words[path]);
  const { text } = findPage(path);
  const generated = text.replace(/(?<=<!-- routes -->\n)[\s\S]*?(?=\n## )/, `\n${table}\n`);
  await expect(generated).toMatchFileSnapshot(join(REPOSITORY_ROOT, path));
});
