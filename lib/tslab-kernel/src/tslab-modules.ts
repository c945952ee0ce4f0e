import { createRequire } from 'node:module';
import type * as ConverterModule from 'tslab/dist/converter';
import type * as InspectModule from 'tslab/dist/inspect';
import type * as MetadataModule from 'tslab/dist/metadata';
import { withCellPrograms } from './cell-program';
import type { CompilerApi, Translation } from './compiler-api';

/** Shows something under the cell that it was made for. */
export type WriteDisplayData = (content: Record<string, unknown>, update?: boolean) => void;

/** tslab's module of the protocol. Only this property is used: `tslab.display`, and packages that look for it, show with it. */
export interface JupyterModule {
  lastWriteDisplayData: WriteDisplayData | null;
}

/** Modules of the stock tslab, by the file in its package. */
export interface TslabModules {
  readonly ts: CompilerApi;
  readonly converter: typeof ConverterModule;
  readonly metadata: typeof MetadataModule;
  readonly inspect: typeof InspectModule;
  readonly jupyter: JupyterModule;
  /** What `require('tslab')` gives to cells. */
  readonly publicApi: unknown;
  /** What the compiler told when the last cell was translated. */
  readonly translation: Translation;
}

const requireOfTslab = createRequire(require.resolve('tslab/package.json'));

export function tslabVersion(): string {
  return (requireOfTslab('tslab/package.json') as { version: string }).version;
}

export function typescriptVersion(): string {
  return (requireOfTslab('@tslab/typescript-for-tslab/package.json') as { version: string })
    .version;
}

/** Loads tslab and its compiler; this takes a moment, so it is done once the kernel's sockets are open. */
export function loadTslab(): TslabModules {
  const compiler = requireOfTslab.resolve('@tslab/typescript-for-tslab');
  const original = requireOfTslab(compiler) as CompilerApi;
  const translation: Translation = {
    moduleMap: undefined,
    scriptMap: undefined,
    names: [],
    documented: new Set(),
    declaredIn: [],
  };
  // tslab's converter finds this compiler in place of the original one.
  (requireOfTslab.cache[compiler] as NodeJS.Module).exports = withCellPrograms(
    original,
    translation,
  );
  return {
    ts: original,
    converter: requireOfTslab('./dist/converter.js') as typeof ConverterModule,
    metadata: requireOfTslab('./dist/metadata.js') as typeof MetadataModule,
    inspect: requireOfTslab('./dist/inspect.js') as typeof InspectModule,
    jupyter: requireOfTslab('./dist/jupyter.js') as JupyterModule,
    publicApi: requireOfTslab('./dist/public.js'),
    translation,
  };
}
