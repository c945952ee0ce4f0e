import { createHash } from 'node:crypto';
import { encodeSafetensors, type SafetensorsContent } from './safetensors';

/** Name of the metadata entry with the SHA-256 of the whole file, taken with this entry zeroed. */
const ENTRY = 'sha256';
const UNSET = '0'.repeat(64);
/** Inside other texts of the header the quotation marks would be escaped. */
const STORED = new RegExp(`"${ENTRY}":"([0-9a-f]{64})"`);

/** The bytes of a file in the safetensors format whose metadata hold a digest of all of it. */
export function encodeWithDigest({ tensors, metadata }: SafetensorsContent): Uint8Array {
  const bytes = Buffer.from(
    encodeSafetensors({ tensors, metadata: { ...metadata, [ENTRY]: UNSET } }),
  );
  const { position } = storedDigest(bytes) as StoredDigest;
  bytes.write(sha256(bytes), position);
  return bytes;
}

/** Whether the file's digest fits its bytes; `absent` where its header has none, as those of other programs. */
export function digestState(file: Uint8Array): 'absent' | 'fits' | 'differs' {
  const bytes = Buffer.from(file);
  const stored = storedDigest(bytes);
  if (stored === null) return 'absent';
  bytes.write(UNSET, stored.position);
  return sha256(bytes) === stored.value ? 'fits' : 'differs';
}

interface StoredDigest {
  readonly value: string;
  /** Its first byte in the file. */
  readonly position: number;
}

function storedDigest(bytes: Buffer): StoredDigest | null {
  if (bytes.length < 8) return null;
  const headerEnd = 8 + Math.min(Number(bytes.readBigUInt64LE()), bytes.length);
  // Latin-1 has one letter for each byte, so that places in the text are places in the file.
  const found = STORED.exec(bytes.toString('latin1', 0, headerEnd));
  if (found === null) return null;
  return { value: found[1] as string, position: found.index + `"${ENTRY}":"`.length };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
