import { defineConfig } from 'vitest/config';

const integration = 'harness/**/*.integration.test.ts';

/** Unit tests touch nothing outside a temporary directory; integration tests need root and change the host, one at a time. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['harness/**/*.test.ts'],
          exclude: [integration],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: [integration],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
