import { SourceMap, type SourceMapPayload } from 'node:module';

/** A place in a cell: line and column count from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** Maps places of the script that runs to places of the cell that it was made from. */
export type PositionMap = (line: number, column: number) => SourcePosition | undefined;

interface Maps {
  /** From the script to the JavaScript module, and from there to the text given to tslab. */
  readonly scriptMap: string | undefined;
  readonly moduleMap: string | undefined;
  /** Lines that stand before the script's first and before the text's first. */
  readonly linesBeforeScript: number;
  readonly linesBeforeText: number;
  /** From the text given to tslab to the cell as written; counting from 0. */
  readonly original: (line: number, character: number) => number;
}

/** Chains the compiler's two source maps; they are read when a place is first asked for. */
export function positionMap(maps: Maps): PositionMap {
  let chain: readonly SourceMap[] | undefined;
  return (line, column) => {
    if (maps.scriptMap === undefined || maps.moduleMap === undefined) return undefined;
    chain ??= [maps.scriptMap, maps.moduleMap].map(
      (map) => new SourceMap(JSON.parse(map) as SourceMapPayload),
    );
    let place = { line: line - 1 - maps.linesBeforeScript, column: column - 1 };
    for (const map of chain) {
      const entry = map.findEntry(place.line, place.column);
      if (!('originalLine' in entry)) return undefined;
      place = { line: entry.originalLine, column: entry.originalColumn };
    }
    const inText = place.line - maps.linesBeforeText;
    if (inText < 0) return undefined;
    return { line: inText + 1, column: maps.original(inText, place.column) + 1 };
  };
}
