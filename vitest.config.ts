import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // TensorFlow's native library must not be shared by two worker threads of one process.
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
