import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // TensorFlow's native library must not be shared by two worker threads of one process.
    pool: 'forks',
    // Most tests wait for a process or use one core; on two cores, one at a time leaves a core idle.
    poolOptions: { forks: { maxForks: 2, minForks: 1 } },
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
