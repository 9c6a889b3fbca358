import { defineConfig } from 'vitest/config';

import { CountsReporter } from './test/setup/counts-reporter.js';

/** Vite's own conditions for Node.js, and ours: package.json's imports then mean the libs' sources. */
const conditions = ['source', 'module', 'node', 'development|production'];

const exclude = ['**/node_modules/**', 'dist/**', '.local/**'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: ['default', new CountsReporter()],
    // Cheapest first. Projects that share the two servers must not run beside each other: they share two cores too.
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.spec.{ts,mjs}'],
          exclude: ['**/*.int.spec.ts', ...exclude],
          // Most of them import the same: once per worker is half of the CPU.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['**/*.int.spec.ts'],
          exclude,
          globalSetup: 'test/setup/global-setup.ts',
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // A condition is waited for as long as a busy machine may need; it costs nothing where it holds sooner.
          expect: { poll: { timeout: 10_000 } },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/{e2e,docs}/**/*.e2e.ts'],
          globalSetup: ['test/setup/global-setup.ts', 'test/e2e/shared-shop.ts'],
          sequence: { groupOrder: 2 },
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.fault.ts'],
          exclude: ['test/faults/**/*.slow.fault.ts', ...exclude],
          globalSetup: 'test/setup/global-setup.ts',
          sequence: { groupOrder: 3 },
          maxWorkers: 1,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          // Minutes each, so `npm test` leaves them out and `npm run test:faults` does not.
          name: 'slow-faults',
          include: ['test/faults/**/*.slow.fault.ts'],
          globalSetup: 'test/setup/global-setup.ts',
          sequence: { groupOrder: 5 },
          maxWorkers: 1,
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          // Needs a Docker engine, and minutes: `npm run test:compose`.
          name: 'slow-compose',
          include: ['test/compose/**/*.compose.ts'],
          globalSetup: 'test/compose/build-image.ts',
          sequence: { groupOrder: 6 },
          maxWorkers: 1,
          // A dozen processes start at once: a slow machine may take minutes over what another does in seconds.
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      // Clones, installs and plays the demo: minutes, so only where everything is tested.
      ...(process.env['CI'] === undefined
        ? []
        : [
            {
              extends: true as const,
              test: {
                name: 'bare',
                include: ['test/bare/**/*.bare.ts'],
                sequence: { groupOrder: 4 },
                maxWorkers: 1,
                testTimeout: 600_000,
                hookTimeout: 120_000,
              },
            },
          ]),
    ],
  },
});
