import { defineConfig } from 'vitest/config';

import { CountsReporter } from './test/setup/counts-reporter.js';

/** Node.js's own conditions, and `source`, which resolves package.json's `imports` to the libs' sources. `module` is for bundlers. */
const conditions = ['source', 'node', 'development|production'];

const exclude = ['**/node_modules/**', 'dist/**', '.local/**'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: ['default', new CountsReporter()],
    // Fastest first. Projects that share PostgreSQL and RabbitMQ run one after the other.
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.spec.{ts,mjs}'],
          exclude: ['**/*.int.spec.ts', ...exclude],
          // Specs import mostly the same modules: loading them once per worker halves the CPU time.
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
          // Long enough for a busy machine; a condition that holds earlier ends the poll.
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
          // Minutes each: `npm test` excludes them, `npm run test:faults` runs them.
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
          // Two minutes for what no service runs: `npm test` excludes them, `npm run test:lessons` runs them.
          name: 'slow-lessons',
          include: ['test/lessons/**/*.e2e.ts'],
          globalSetup: 'test/setup/global-setup.ts',
          sequence: { groupOrder: 7 },
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          // Needs a Docker engine and several minutes: `npm run test:compose`.
          name: 'slow-compose',
          include: ['test/compose/**/*.compose.ts'],
          globalSetup: 'test/compose/build-image.ts',
          sequence: { groupOrder: 6 },
          maxWorkers: 1,
          // A dozen processes start at once, which takes minutes on a slow machine.
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      // Clones, installs and runs the demo, which takes minutes: in CI only.
      ...(process.env['CI'] === undefined
        ? []
        : [
            {
              extends: true as const,
              test: {
                name: 'clean-clone',
                include: ['test/clean-clone/**/*.clean.ts'],
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
