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
      // The kernel is tested from outside, as a process that speaks Jupyter's protocol.
      exclude: ['lib/tslab-kernel/**'],
      reporter: ['text-summary', 'html', 'json-summary'],
      reportOnFailure: true,
      // What was reached on 2026-11-29, less a point, and three where tests are skipped without CIFAR-10 and SST-2.
      thresholds: {
        'lib/cifar10-loader/src/**': { lines: 83, branches: 88, functions: 90 },
        'lib/selfsup/src/**': { lines: 97, branches: 95, functions: 98 },
        'lib/selfsup-course/src/**': { lines: 94, branches: 91, functions: 96 },
        'lib/tfjs-compile/src/**': { lines: 91, branches: 93, functions: 93 },
        'lib/tfjs-node-tensorflow/src/**': { lines: 93, branches: 85, functions: 97 },
        'lib/verified-download/src/**': { lines: 94, branches: 90, functions: 96 },
      },
    },
  },
});
