import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Charge, chargesByReference, netCapturedAmount } from './charges.js';
import type { LedgerEntry } from './gateway-ledger.js';

const anyEntry: fc.Arbitrary<LedgerEntry> = fc.record({
  id: fc.uuid(),
  operation: fc.constantFrom('authorize', 'capture', 'void', 'refund'),
  status: fc.constantFrom('approved', 'refused'),
  reference: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'line\nbreak\u2028', '茶', '🫖', ''),
  amount: fc.nat(),
  currency: fc.constant('CNY'),
});

async function* pagesOfOne<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[], void> {
  for (const row of rows) yield [row];
}

async function collect(entries: readonly LedgerEntry[], referencesMax?: number): Promise<Charge[]> {
  const found: Charge[] = [];
  for await (const page of chargesByReference(pagesOfOne(entries), referencesMax)) found.push(...page);
  return found;
}

test('a ledger larger than memory is sorted like a small one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEntry, { maxLength: 40 }), async (entries) => {
      const references = [...new Set(entries.map(({ reference }) => reference))].sort();
      const expected = references.map((key) => {
        const own = entries.filter(({ reference }) => reference === key);
        return {
          key,
          approved: own.filter(({ status }) => status === 'approved'),
          refused: own.filter(({ status }) => status === 'refused').map(({ operation }) => operation),
        };
      });
      expect(await collect(entries)).toEqual(expected);
      expect(await collect(entries, 3)).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});

test('temporary files are deleted, also when reading stops early', async () => {
  const auditFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('audit-'));
  const before = auditFolders();
  const [entry] = fc.sample(anyEntry, { numRuns: 1, seed: 1 }) as [LedgerEntry];
  const entries = ['a', 'b', 'c', 'd'].map((reference) => ({ ...entry, reference }));
  for await (const [charge] of chargesByReference(pagesOfOne(entries), 1)) {
    expect(auditFolders().length).toBeGreaterThan(before.length);
    if (charge?.key === 'b') break;
  }
  expect(auditFolders()).toEqual(before);
});

test('the net captured amount is captures minus refunds', () => {
  const entry = (operation: LedgerEntry['operation'], amount: number): LedgerEntry => ({
    id: operation,
    operation,
    status: 'approved',
    reference: 'o-1',
    amount,
    currency: 'CNY',
  });
  const approved = [entry('authorize', 100), entry('capture', 100), entry('refund', 30)];
  expect(netCapturedAmount({ key: 'o-1', approved, refused: ['refund'] })).toBe(70);
});
