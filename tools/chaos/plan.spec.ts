import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { eventContracts, subscriptions } from '#contracts';
import { deriveTopology } from '#messaging';

import { describePlan, ALL_KINDS_MIN_DURATION_MS, faultKinds, faultGroups, createPlan } from './plan.js';
import { linkNames } from './links.js';

const seeds = fc.integer({ min: 0, max: 0xffff_ffff });
const TWO_MINUTES = 120_000;

test('the same seed gives the same plan', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1_000, max: 600_000 }), (seed, durationMs) => {
      expect(createPlan(seed, durationMs)).toEqual(createPlan(seed, durationMs));
    }),
  );
});

test('the plan of a seed changes only with this snapshot', () => {
  // A new kind of fault changes it, and invalidates every recorded seed.
  expect(describePlan(createPlan(1, 30_000))).toMatchInlineSnapshot(`
    "seed 1, 30.0 s: 2 × order, 1 × inventory, 2 × payment; 19 faults
      2.0 s  for 2.4 s  link reset                        payment–broker
      2.6 s  for 3.1 s  order killed                      order 1
      4.6 s  for 1.8 s  database tables locked            order
      5.6 s  for 5.3 s  gateway responds twice            authorize
      5.9 s  for 4.8 s  link cut                          inventory–database
      8.5 s  for 0.4 s  inventory killed                  inventory 1
     11.8 s  for 3.7 s  queue suspended                   inventory.order-processing.1
     11.8 s  for 5.0 s  database sessions terminated      inventory
     12.3 s  for 0.9 s  link black-holed                  inventory–broker
     12.3 s  for 2.4 s  gateway killed
     12.9 s  for 2.4 s  database permission revoked       payment
     13.4 s  for 3.5 s  gateway rejects everything        500
     16.6 s  for 2.3 s  link slow                         payment–database
     19.8 s  for 1.0 s  payment killed                    payment 1
     20.5 s  for 3.7 s  database read-only                inventory
     20.5 s  for 3.3 s  queue suspended                   payment.order-processing.0
     22.7 s  for 1.8 s  gateway times out after charging  void
     24.5 s  for 2.7 s  broker restarted
     25.3 s  for 1.9 s  payment killed                    payment 2"
  `);
});

test('different seeds give different plans', () => {
  fc.assert(
    fc.property(fc.uniqueArray(seeds, { minLength: 2, maxLength: 20 }), (several) => {
      const plans = several.map((seed) => JSON.stringify(createPlan(seed, TWO_MINUTES).faults));
      expect(new Set(plans).size).toBe(several.length);
    }),
  );
});

test('a plan of two minutes contains every kind of fault', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const kinds = new Set(createPlan(seed, ALL_KINDS_MIN_DURATION_MS).faults.map(({ kind }) => kind));
      expect([...kinds].toSorted()).toEqual([...faultKinds].toSorted());
    }),
  );
});

test('twenty seeds cover every link and both replica counts', () => {
  const plans = Array.from({ length: 20 }, (_, seed) => createPlan(seed, TWO_MINUTES));
  const targets = new Set(plans.flatMap(({ faults }) => faults.map(({ target }) => target)));
  expect([...targets]).toEqual(expect.arrayContaining([...linkNames]));
  expect(new Set(plans.flatMap(({ replicas }) => Object.values(replicas)))).toEqual(new Set([1, 2]));
});

test('faults of one group never overlap nor outlast the plan', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { faults } = createPlan(seed, TWO_MINUTES);
      for (const kinds of Object.values(faultGroups)) {
        const groupFaults = faults.filter(({ kind }) => (kinds as readonly string[]).includes(kind));
        for (const [index, { atMs, durationMs }] of groupFaults.entries()) {
          expect(atMs + durationMs).toBeLessThanOrEqual(groupFaults[index + 1]?.atMs ?? TWO_MINUTES);
        }
      }
    }),
  );
});

test('a hundred seeds suspend every queue and make every database read-only', () => {
  const faults = Array.from({ length: 100 }, (_, seed) => createPlan(seed, TWO_MINUTES).faults).flat();
  const targets = (kind: string) =>
    new Set(faults.filter((fault) => fault.kind === kind).map(({ target }) => target));
  const contracts = Object.values(eventContracts);
  const { queues } = deriveTopology({ contracts, subscriptions, partitions: 4 });
  const names = queues.map(({ name }) => name).filter((name) => /\.\d$/.test(name));
  expect(targets('queue suspended')).toEqual(new Set(names));
  expect(targets('database read-only')).toEqual(new Set(['inventory', 'order', 'payment', 'server']));
  expect(targets('gateway rejects everything')).toEqual(new Set(['401', '404', '429', '500']));
});

test('every killed replica exists', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { faults, replicas } = createPlan(seed, TWO_MINUTES);
      for (const { kind, target } of faults) {
        const [service, number] = target?.split(' ') ?? [];
        if (kind !== `${service} killed`) continue;
        expect(Number(number)).toBeLessThanOrEqual(replicas[service as keyof typeof replicas]);
      }
    }),
  );
});
