import {
  jsonProblems,
  httpProblems,
  listProblems,
  type ProblemType,
  problemTypeUrn,
  statusProblems,
} from '#http';
import type { ProcessName } from '../client/api-types.js';
import { describedProcesses, describeOperations } from './described-services.js';
import { errorTexts } from './error-texts.js';

/** A language of the documentation. */
export type Language = 'en' | 'zh';

/** The file of the page, by language. */
export const errorPages = {
  en: 'docs/reference/errors.md',
  zh: 'docs/reference/errors.zh-CN.md',
} as const satisfies Record<Language, string>;

const heads: Readonly<Record<Language, string>> = {
  en: `# Error types

**English** · [简体中文](errors.zh-CN.md)

Generated from the code by \`npm run docs:openapi\`; [a spec](../../tools/openapi/error-page.spec.ts) compares the two.

Every error has the body of RFC 9457, \`application/problem+json\`. The part of \`type\` after the last colon is the anchor of its
section: \`urn:problem-type:order-not-found\` is described at [#order-not-found](#order-not-found). The type is a name and no
address, because every shop that runs this code has another host. \`instance\` is \`urn:correlation-id:\` and the correlation id,
which the log lines of the request carry. \`detail\` is for people and may change; programs use \`type\`.
`,
  zh: `# 错误类型

[English](errors.md) · **简体中文**

由 \`npm run docs:openapi\` 从代码生成，[测试](../../tools/openapi/error-page.spec.ts)保证两者一致。

所有错误的响应体都符合 RFC 9457，即 \`application/problem+json\`。\`type\` 最后一个冒号之后的部分就是本页的锚点：
\`urn:problem-type:order-not-found\` 见 [#order-not-found](#order-not-found)。\`type\` 是名字而不是地址，因为每个部署的主机名都不同。
\`instance\` 由 \`urn:correlation-id:\` 和关联 ID 组成，该请求的日志都带有这个 ID。\`detail\` 给人看，可能变化；程序应判断 \`type\`。
`,
};

/** A type with the services that respond with it. */
interface ListedType {
  readonly types: readonly ProblemType[];
  readonly services: readonly ProcessName[];
}

/** Every type of every service, by slug, in alphabetical order. */
export function listTypes(): ReadonlyMap<string, ListedType> {
  const listed = new Map<string, { types: Set<ProblemType>; services: Set<ProcessName> }>();
  for (const process of describedProcesses) {
    const ofOperations = describeOperations(process).flatMap(listProblems);
    const everywhere = [...statusProblems, ...Object.values(httpProblems), ...Object.values(jsonProblems)];
    for (const type of [...ofOperations, ...everywhere.filter(({ slug }) => !isOfOperations(slug))]) {
      const entry = listed.get(type.slug) ?? { types: new Set(), services: new Set() };
      listed.set(type.slug, entry);
      entry.types.add(type);
      entry.services.add(process);
    }
  }
  const sorted = [...listed].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    sorted.map(([slug, { types, services }]) => [slug, { types: [...types], services: [...services] }]),
  );
}

/** Types that only some operations have. */
function isOfOperations(slug: string): boolean {
  return slug.startsWith('idempotency-key') || slug === 'not-ready';
}

/** The page of error types in one language, as Markdown. */
export function buildErrorPage(language: Language): string {
  const sections = [...listTypes()].map(([slug, { types, services }]) => {
    const statuses = [...new Set(types.map(({ status }) => status))].toSorted((a, b) => a - b);
    const [title] = types.map((type) => type.title);
    const where = services.length === describedProcesses.length ? '' : ` · ${services.join(', ')}`;
    const text = errorTexts[slug]?.[language] ?? '';
    return `## ${slug}\n\n**${title}** · HTTP ${statuses.join(', ')}${where}\n\n\`${problemTypeUrn({ slug })}\`\n\n${text}\n`;
  });
  return [heads[language], ...sections].join('\n');
}
