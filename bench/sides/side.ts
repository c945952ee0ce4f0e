/**
 * The TypeScript side of a comparison: prepares one workload, then times it whenever it is told to.
 *
 *     node -r ts-node/register/transpile-only bench/sides/side.ts WORKLOAD '{"batch": 256}'
 *
 * Standard output carries one JSON object a line: `{"ready": {facts}}` once the workload is warm, then for each number
 * read from standard input that many timings, `{"milliseconds": […], "peakMiB": …}`. It ends with its standard input.
 */
import { createInterface } from 'node:readline';
import type { PreparedWorkload } from './prepared-workload';

type Preparation = (settings: never) => PreparedWorkload | Promise<PreparedWorkload>;

/** Loaded only when asked for: tfjs-node as it comes must not share a process with native gradients. */
const WORKLOADS: Record<string, () => Promise<{ prepare: Preparation }>> = {
  'simclr-step': () => import('./simclr-step'),
  'stock-tfjs-step': () => import('./stock-tfjs-step'),
  pipeline: () => import('./pipeline'),
  'masked-language-step': () => import('./masked-language-step'),
  'course-language-step': async () => ({
    prepare: (await import('./masked-language-step')).prepareCourseStep,
  }),
  'matrix-product': () => import('./matrix-product'),
  'step-tracing': () => import('./step-tracing'),
  'long-training': () => import('./long-training'),
};

function say(message: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function main(): Promise<void> {
  const [name = '', settings = '{}'] = process.argv.slice(2);
  const load = WORKLOADS[name];
  if (load === undefined) {
    throw new Error(`There is no workload "${name}"; expected one of ${Object.keys(WORKLOADS)}.`);
  }
  const { prepare } = await load();
  const { run, facts } = await prepare(JSON.parse(settings) as never);
  say({ ready: facts });
  for await (const line of createInterface({ input: process.stdin })) {
    const timed = await run(Number(line));
    // Kilobytes, whatever the platform.
    say({ ...timed, peakMiB: process.resourceUsage().maxRSS / 2 ** 10 });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
