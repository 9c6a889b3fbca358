import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { audit } from '../../tools/audit/audit.js';
import { instantInvariants, quietInvariants } from '../../tools/audit/invariants/all.js';
import { testDatabase } from '../setup/infrastructure.js';
import { startGateway, type TestGateway } from './gateway.js';
import { harmless, messageDamages, orderDamages } from './record-damages.js';
import { Specimen } from './seeding.js';
import { Shop } from './shop.js';
import { type Story, tellStory } from './story.js';
import { type Damage, ledgerDamages, moneyDamages, stockDamages } from './damages.js';

const databaseUrls = {
  order: await testDatabase(),
  inventory: await testDatabase(),
  payment: await testDatabase(),
};

let specimen: Specimen;
let story: Story;
let healthyEntries: ReturnType<TestGateway['entries']>;

beforeAll(async () => {
  const gateway = await startGateway();
  const shop = await Shop.open(databaseUrls, gateway.url);
  story = await tellStory(shop);
  await shop.close();
  specimen = await Specimen.keep(databaseUrls, gateway);
  healthyEntries = [...gateway.entries()];
  await gateway.close();
});

beforeEach(() => specimen.heal(healthyEntries));

afterAll(() => specimen.close());

/** The ids of the invariants that the auditor finds violated, and what it says. */
async function found({ accepted = [] }: Partial<Damage> = {}) {
  const { holds, invariants } = await audit({ databaseUrls, gatewayUrl: specimen.gateway.url }, { accepted });
  const violated = invariants.filter((invariant) => !invariant.holds);
  expect(holds).toBe(violated.length === 0);
  const ids = violated.map(({ id }) => id);
  return { ids, violations: violated.flatMap(({ violations }) => violations) };
}

test('without any damage nothing is reported', async () => {
  expect(await found()).toEqual({ ids: [], violations: [] });
});

const damages = [...stockDamages, ...moneyDamages, ...ledgerDamages, ...orderDamages, ...messageDamages];
const reported = new Set<string>();

describe('the auditor reports', () => {
  for (const damage of damages) {
    test(`${damage.reportedBy.join(' and ')} and nothing else when ${damage.name}`, async () => {
      await damage.inflict(specimen, story);
      const { ids, violations } = await found(damage);
      expect({ ids, violations }).toMatchObject({ ids: damage.reportedBy });
      for (const { problem, facts } of violations) {
        expect(Object.keys(facts)).not.toEqual([]);
        reported.add(problem.en);
      }
    });
  }

  test('with every query it has', () => {
    const queries = [...instantInvariants, ...quietInvariants].flatMap(({ sql = [] }) => sql);
    expect(queries.map(({ problem }) => problem.en).filter((problem) => !reported.has(problem))).toEqual([]);
  });

  for (const { name, inflict } of harmless) {
    test(`nothing because of ${name}`, async () => {
      await inflict(specimen, story);
      expect(await found()).toEqual({ ids: [], violations: [] });
    });
  }
});
