import { createRequire } from 'node:module';
import { afterEach } from 'vitest';

/** One output as it would leave the kernel. */
export interface Output {
  readonly data: Record<string, unknown>;
  readonly metadata: Record<string, Record<string, unknown>>;
  readonly displayId: string | undefined;
  readonly update: boolean;
}

const { cache } = createRequire(__filename);
const FILE = '/a/kernel/of/some/learner/node_modules/tslab/dist/jupyter.js';

/** Puts a kernel's module where a running kernel has it, and collects what is sent through it until the test ends. */
export function startFakeKernel(): Output[] {
  const outputs: Output[] = [];
  const lastWriteDisplayData = (
    content: {
      data: Output['data'];
      metadata: Output['metadata'];
      transient: { display_id?: string };
    },
    update = false,
  ) => {
    const { data, metadata, transient } = JSON.parse(JSON.stringify(content));
    outputs.push({ data, metadata, displayId: transient.display_id, update });
  };
  cache[FILE] = { exports: { lastWriteDisplayData } } as NodeJS.Module;
  return outputs;
}

afterEach(() => {
  delete cache[FILE];
});
