import { BufferReader } from 'pickleparser';

/** Opcodes whose argument the parser leaves as it is written, or takes at its word. */
const STRING = 0x53;
const UNICODE = 0x56;
const LONG4 = 0x8b;

const BACKSLASH = 0x5c;
const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9 };

/**
 * What Python 2's `repr` escaped in a string: `\\`, `\'`, `\n`, `\r`, `\t` and `\x80`. In a loop: most of a batch's 30 million
 * bytes are escaped, and a regular expression takes seconds for them.
 */
function unescapeRepr(text: string): string {
  const bytes = Buffer.alloc(text.length);
  let size = 0;
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at);
    if (code === BACKSLASH) {
      at += 1;
      const letter = text[at] ?? '';
      if (letter === 'x') {
        code = Number.parseInt(text.slice(at + 1, at + 3), 16);
        at += 2;
      } else {
        code = ESCAPES[letter] ?? letter.charCodeAt(0);
      }
    }
    bytes[size++] = code;
  }
  return bytes.toString('latin1', 0, size);
}

/** What Python's codec `raw-unicode-escape` escaped: `\u005c` and `\U0001f600`. */
function unescapeRawUnicode(text: string): string {
  return text.replace(
    /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
    (_, four: string | undefined, eight: string | undefined) =>
      String.fromCodePoint(Number.parseInt(four ?? (eight as string), 16)),
  );
}

/**
 * Reads the bytes of a pickle for the parser, and adds what it lacks:
 *
 * - Python 2 wrote pixels as a `str`, one character per byte. The parser's own decoder follows the web's "ascii", which is
 *   windows-1252 and changes the bytes 128 to 159; latin-1 keeps every byte.
 * - Texts of protocol 0 are unescaped.
 * - A pickle may lie: lengths below zero, which would make the parser read the same bytes for ever, and lengths, numbers
 *   and amounts of parts that no batch has, are refused.
 *
 * @internal
 */
export class BoundedPickleReader extends BufferReader {
  #last = -1;
  #parts = 0;
  readonly #view: DataView;

  constructor(
    bytes: Uint8Array,
    /** The most single bytes (opcodes and short arguments) that are read. */
    private readonly maximumParts: number,
  ) {
    super(bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  override byte(): number {
    this.#parts += 1;
    if (this.#parts > this.maximumParts) throw new Error('it has more parts than a batch');
    this.#last = super.byte();
    return this.#last;
  }

  override skip(count: number): void {
    if (!(count >= 0)) throw new Error(`it claims a length of ${count}`);
    super.skip(count);
  }

  override uint32(): number {
    const value = super.uint32();
    // The parser's time for an integer of n bytes grows with n².
    if (this.#last === LONG4 && value > 64)
      throw new Error(`it holds an integer of ${value} bytes`);
    return value;
  }

  override uint64(): number {
    const at = this.position;
    this.skip(8);
    const length = this.#view.getBigUint64(at, true);
    if (length > BigInt(this.length)) throw new Error(`it claims a length of ${length}`);
    return Number(length);
  }

  override string(size: number, encoding: 'ascii' | 'utf-8'): string {
    const bytes = this.bytes(size);
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return buffer.toString(encoding === 'utf-8' ? 'utf8' : 'latin1');
  }

  override line(): string {
    const opcode = this.#last;
    const text = super.line();
    if (opcode === UNICODE) return unescapeRawUnicode(text);
    if (opcode !== STRING) return text;
    // The parser takes the quotes off and refuses a string without them.
    return text.length < 2 ? text : text[0] + unescapeRepr(text.slice(1, -1)) + text.slice(-1);
  }
}
