import type * as TypeScript from '@tslab/typescript-for-tslab';

/** The TypeScript compiler inside tslab, with the parts that its own declarations leave out. */
export type CompilerApi = typeof TypeScript;

/** What tslab asks of the compiler and does not keep. */
export interface Translation {
  /** From the JavaScript module to the cell. */
  moduleMap: string | undefined;
  /** From the JavaScript that runs to the JavaScript module. */
  scriptMap: string | undefined;
  /** The names that the cell declares. */
  names: readonly string[];
  /** Declaration files that are read with their documentation. */
  readonly documented: Set<string>;
  /** Where the name is declared that was last asked about. */
  declaredIn: readonly string[];
}
