/** First bytes of formats that people take for weights, and what each is called. */
const SIGNATURES: readonly (readonly [signature: string, kind: string])[] = [
  ['PK\x03\x04', 'a ZIP archive, such as a .pt file of PyTorch, a .keras model or an .npz file'],
  ['\x89HDF\r\n', 'an HDF5 file, such as a .h5 model of Keras'],
  ['\x93NUMPY', 'a NumPy array (.npy)'],
  ['\x80\x02', 'a Python pickle'],
  ['\x80\x03', 'a Python pickle'],
  ['\x80\x04', 'a Python pickle'],
  ['\x80\x05', 'a Python pickle'],
  ['GGUF', 'a GGUF file of llama.cpp'],
  ['\x1f\x8b', 'a gzip archive'],
  ['\x89PNG', 'a PNG picture'],
  ['\xff\xd8\xff', 'a JPEG picture'],
  ['version https://git-lfs', 'a pointer of Git LFS; fetch the file itself with "git lfs pull"'],
  ['{', 'JSON text'],
  ['<', 'an HTML or XML page'],
];

/** What a file is, told from its first bytes; `null` where they are of no format known here. */
export function fileKind(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return 'an empty file';
  const start = Buffer.from(bytes.subarray(0, 32)).toString('latin1');
  return SIGNATURES.find(([signature]) => start.startsWith(signature))?.[1] ?? null;
}
