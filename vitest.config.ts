import { defineConfig } from 'vitest/config';

/** Real binaries on busy machines: generous, because a test waits for events and ends as soon as they came. */
const timeouts = { testTimeout: 60_000, hookTimeout: 60_000, teardownTimeout: 10_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    // The SDK tells every process on Node 20 that Node 22 will be needed one day.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    globalSetup: ['test/helpers/leak-guard.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'service',
          include: ['test/**/*.test.ts'],
          exclude: ['test/slow/**', 'test/browser/**', 'test/package/*.test.ts'],
          pool: 'forks',
          ...timeouts,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/*.test.ts'],
          pool: 'forks',
          globalSetup: ['test/package/package-once.ts'],
          ...timeouts,
        },
      },
    ],
  },
});
