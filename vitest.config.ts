import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Most files wait for servers and processes; more at once than two a core only wait longer. */
const WORKERS = Math.min(4, Math.max(2, availableParallelism()));

/**
 * Two projects whose files run side by side, so that the cores work while the others wait: `unit` needs nothing but
 * Node; `services` has one Kafka for all and a Postgres for each worker (decision 0060). With a Postgres that is
 * given there is only one, and the files of `services` run one after another, behind the others.
 */
const hasOnePostgres = (process.env['TIDEMARK_TEST_PG'] ?? '') !== '';

/** `npm run test:long`: faults at their full length (test/support/long-form.ts). */
const isLong = process.env['TIDEMARK_LONG'] === '1';

/** `npm run test:deploy`: what Helm and Compose make of deploy/, both built from source where they never were. */
const checksDeploy = process.env['TIDEMARK_DEPLOY'] === '1';

export default defineConfig({
  test: {
    retry: 0,
    maxWorkers: WORKERS,
    projects: [
      ...(checksDeploy ? [{ test: { name: 'deploy', include: ['test/**/*.built.test.ts'] } }] : []),
      {
        test: {
          name: 'unit',
          setupFiles: ['test/support/say-warnings.ts'],
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{pg,kafka,s3,built}.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'services',
          setupFiles: ['test/support/say-warnings.ts'],
          include: ['test/**/*.{pg,kafka,s3}.test.ts'],
          ...(hasOnePostgres ? { fileParallelism: false } : {}),
          testTimeout: isLong ? 900_000 : 180_000,
          // The first bucket of a fresh machine waits until its server is built, beside everything else.
          hookTimeout: 900_000,
          globalSetup: ['test/support/services/vitest-global.ts'],
        },
      },
    ],
  },
});
