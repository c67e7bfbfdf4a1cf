import { defineConfig } from 'vitest/config';

/** Long matrices and chaos: one file at a time, so that timings mean something. */
export default defineConfig({
  test: {
    name: 'slow',
    include: ['test/slow/**/*.test.ts'],
    passWithNoTests: true,
    pool: 'forks',
    maxWorkers: 1,
    globalSetup: ['test/helpers/leak-guard.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
  },
});
