import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

/** The header of a message. */
export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username?: string;
  readonly date?: string;
  readonly version?: string;
}

export type Content = Readonly<Record<string, unknown>>;

/** A message as a client sent it. */
export interface Message {
  /** ZeroMQ's address of the sender, which a reply repeats. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly metadata: Content;
  readonly content: Content;
}

/** The version of Jupyter's messaging protocol that the kernel speaks. */
export const PROTOCOL_VERSION = '5.3';

const DELIMITER = Buffer.from('<IDS|MSG>');

/** How many signatures are remembered, so that no message is obeyed twice. As in jupyter_client. */
const REMEMBERED_SIGNATURES = 65_536;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isHeader(value: unknown): value is Header {
  return (
    isRecord(value) &&
    typeof value.msg_id === 'string' &&
    typeof value.msg_type === 'string' &&
    typeof value.session === 'string'
  );
}

/**
 * JSON in which every string is well-formed Unicode. Half of a surrogate pair becomes U+FFFD: Python reads the escape,
 * cannot write it as UTF-8, and the whole notebook is lost.
 */
export function wellFormedJson(value: unknown): string {
  const json = JSON.stringify(value) ?? 'null';
  if (!json.includes('\\ud')) return json;
  // JSON.stringify escapes surrogates only where they stand alone; pairs of escapes are skipped as wholes.
  return json.replace(/\\(?:(ud[89a-f][0-9a-f]{2})|.)/g, (sequence, lone) =>
    lone === undefined ? sequence : '\ufffd',
  );
}

/**
 * Signs outgoing messages and checks incoming ones.
 *
 * @see https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol
 */
export class MessageCodec {
  private readonly session = randomUUID();
  private readonly seen = new Set<string>();

  constructor(
    private readonly key: string,
    private readonly hash: string,
  ) {}

  private signature(parts: readonly (string | Buffer)[]): string {
    if (this.key === '') return '';
    const hmac = createHmac(this.hash, this.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  }

  /** The frames of a message that answers, or belongs to, the message with the header `parent`. */
  encode(
    type: string,
    content: Content,
    parent: Header | null,
    identities: readonly Buffer[],
  ): (string | Buffer)[] {
    const header: Header = {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.session,
      username: 'kernel',
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    };
    const parts = [header, parent ?? {}, {}, content].map(wellFormedJson);
    return [...identities, DELIMITER, this.signature(parts), ...parts];
  }

  /**
   * The message in these frames; `null` for one that is malformed, wrongly signed or was there before. A stranger who
   * sends such things learns nothing from it: there is no answer, and signatures are compared in constant time.
   */
  decode(frames: readonly Buffer[]): Message | null {
    const at = frames.findIndex((frame) => frame.equals(DELIMITER));
    if (at < 0 || frames.length < at + 6) return null;
    const [given, ...parts] = frames.slice(at + 1) as [Buffer, ...Buffer[]];
    if (!this.isGenuine(given, parts)) return null;
    try {
      const [header, , metadata, content] = parts
        .slice(0, 4)
        .map((part) => JSON.parse(part.toString('utf8')) as unknown);
      if (!isHeader(header) || !isRecord(metadata) || !isRecord(content)) return null;
      return { identities: frames.slice(0, at), header, metadata, content };
    } catch {
      return null;
    }
  }

  private isGenuine(given: Buffer, parts: readonly Buffer[]): boolean {
    if (this.key === '') return true;
    const right = Buffer.from(this.signature(parts));
    if (given.length !== right.length || !timingSafeEqual(given, right)) return false;
    const signature = right.toString();
    if (this.seen.has(signature)) return false;
    this.seen.add(signature);
    if (this.seen.size > REMEMBERED_SIGNATURES) {
      const [oldest] = this.seen;
      this.seen.delete(oldest as string);
    }
    return true;
  }
}
