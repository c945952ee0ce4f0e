import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ownProgramsFromDist, sourceAliases } from './tools/test/source-aliases.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  // Tests read the sources of lib/, never an older dist/. Programs that are started need dist/: `npm test` builds first.
  resolve: { alias: sourceAliases(root) },
  plugins: [ownProgramsFromDist(root)],
  test: {
    // TensorFlow's native library must not be shared by two worker threads of one process.
    pool: 'forks',
    // Most tests wait for a process or use one core; on two cores, one at a time leaves a core idle.
    poolOptions: { forks: { maxForks: 2, minForks: 1 } },
    include: ['test/**/*.test.ts'],
    setupFiles: ['tools/test/event-loop-turn.mjs'],
    // Generous, so that a busy machine fails no test: what is slow is measured in bench/.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    coverage: {
      include: ['lib/*/src/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      reportOnFailure: true,
    },
  },
});
