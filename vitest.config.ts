import { defineConfig } from 'vitest/config';

const exclude = ['**/node_modules/**', '**/.wikigpt/**'];

export default defineConfig({
  test: {
    // Two cores are the smallest supported machine; native sessions bring threads of their own.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{crds/schema,operator,trainer-image,scripts,bench,helm}/**/*.test.ts',
            'test/checks/**/*.test.ts',
            'examples/*/generator/**/*.test.ts',
          ],
          exclude,
          testTimeout: 20_000,
        },
      },
      { test: { name: 'parity', include: ['test/parity/**/*.test.ts'], exclude, testTimeout: 120_000 } },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          exclude,
          globalSetup: 'test/cluster/cluster.setup.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'chart',
          include: ['test/chart/**/*.test.ts'],
          exclude,
          globalSetup: 'test/chart/chart.setup.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'node',
          include: ['test/node/**/*.test.ts'],
          exclude,
          globalSetup: 'test/node/node.setup.ts',
          testTimeout: 600_000,
          hookTimeout: 1_800_000,
        },
      },
      {
        test: {
          name: 'stores',
          include: ['test/stores/**/*.test.ts'],
          exclude,
          globalSetup: 'test/stores/stores.setup.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'examples',
          include: ['test/examples/**/*.test.ts'],
          exclude,
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          exclude,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
