import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSafetensors, parseSafetensors } from 'selfsup';
import { expect, test } from 'vitest';
import { row } from './table';

/** A number as Python prints it; whole numbers of any size. */
function asNumber(text: string): number | bigint {
  return /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
}

test('encodeSafetensors', () => {
  const { cases, agree } = row<{
    file: string;
    metadata: Record<string, string>;
    tensors: Record<string, { dtype: string; shape: number[]; values: string[] }>;
  }>('file-formats', 'encodeSafetensors');
  for (const { file, metadata, tensors } of cases) {
    const bytes = readFileSync(join(__dirname, 'fixtures', file));
    const content = parseSafetensors(bytes);
    // The file that Python has read is what we write, byte for byte.
    expect(Buffer.compare(Buffer.from(encodeSafetensors(content)), bytes)).toBe(0);
    expect(content.metadata).toEqual(metadata);
    expect(new Set(content.tensors.map(({ name }) => name))).toEqual(new Set(Object.keys(tensors)));
    for (const { name, shape, values } of content.tensors) {
      const theirs = tensors[name] as { shape: number[]; values: string[] };
      expect(shape, name).toEqual(theirs.shape);
      expect(values, name).toHaveLength(theirs.values.length);
      theirs.values.map(asNumber).forEach((value, i) => {
        const ours = values[i] as number | bigint;
        agree(
          Object.is(ours, typeof ours === 'bigint' ? value : Number(value)) ? 0 : 1,
          `${name}[${i}], ${ours} against ${value}`,
        );
      });
    }
  }
});
