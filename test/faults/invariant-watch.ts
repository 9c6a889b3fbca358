import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'vitest';

import { audit } from '../../tools/audit/audit.js';
import { SourceUnavailableError } from '../../tools/audit/snapshot.js';
import type { AuditSources } from '../../tools/audit/sources.js';

const CHECK_INTERVAL_MS = 250;

/**
 * Looks at the S invariants again and again while `work` is done, as far as the databases can be read. @throws when one
 * does not hold, or what `work` throws
 */
export async function auditDuring<Result>(
  sources: AuditSources,
  work: () => Promise<Result>,
): Promise<Result> {
  const over = new AbortController();
  const watching = auditUntilAborted(sources, over.signal);
  const result = await work().finally(() => over.abort());
  expect(await watching).toEqual([]);
  return result;
}

/** Resolves to what was violated when first something was, or to nothing at the end. */
async function auditUntilAborted(sources: AuditSources, over: AbortSignal): Promise<object[]> {
  while (!over.aborted) {
    const report = await audit(sources, { instant: true }).catch((error: unknown) => {
      if (error instanceof SourceUnavailableError) return undefined;
      throw error;
    });
    const violated = report?.invariants.filter(({ holds }) => !holds) ?? [];
    if (violated.length > 0) return violated.map(({ id, violations }) => ({ id, violations }));
    await pause(CHECK_INTERVAL_MS, undefined, { signal: over }).catch(() => {});
  }
  return [];
}
