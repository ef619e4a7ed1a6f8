import { defineConfig } from 'vitest/config';

/**
 * Two projects: `unit` needs nothing but Node and runs in parallel; `services` shares one Postgres and one
 * Kafka (test/support/services), so its files run one after another.
 */
export default defineConfig({
  test: {
    retry: 0,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{pg,kafka,s3}.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'services',
          include: ['test/**/*.{pg,kafka,s3}.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          globalSetup: ['test/support/services/vitest-global.ts'],
        },
      },
    ],
  },
});
