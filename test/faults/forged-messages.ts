import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import fc from 'fast-check';
import { Dealer } from 'zeromq';
import { type Content, KernelClient, printed } from '../tslab-kernel/kernel-client';
import { executeContent } from '../tslab-kernel/stranger';
import { type Damage, damaged, damages } from './byte-damage';
import { type Campaign, Loss, RawError } from './campaign';

const REQUESTS = [
  ...['execute_request', 'complete_request', 'inspect_request', 'is_complete_request'],
  ...[
    'history_request',
    'comm_info_request',
    'comm_open',
    'kernel_info_request',
    'no_such_request',
  ],
] as const;

type MessageFault =
  /** From a stranger: a message that would run code, altered after it was signed, or signed with another key. */
  | {
      readonly who: 'stranger';
      readonly frame: number;
      readonly damage: Damage[];
      readonly key: string | null;
    }
  /** From a stranger: frames of anything. */
  | { readonly who: 'noise'; readonly frames: Uint8Array[] }
  /** From a stranger, below ZeroMQ. */
  | { readonly who: 'socket'; readonly bytes: Uint8Array }
  /** A genuine message, sent three times. */
  | { readonly who: 'replay' }
  /** From the owner, with content that makes no sense. */
  | { readonly who: 'owner'; readonly type: (typeof REQUESTS)[number]; readonly content: Content };

const senseless = fc.dictionary(
  fc.oneof(
    fc.constantFrom(...['code', 'cursor_pos', 'silent', 'store_history', 'user_expressions']),
    fc.constantFrom(
      ...['detail_level', 'hist_access_type', 'n', 'comm_id', 'stop_on_error', '__proto__'],
    ),
  ),
  // No text runs as a program of its own: a cell may well end its kernel.
  fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      -1,
      1e300,
      [],
      {},
      'x',
      '??',
      '\ud800',
      'let',
      '}',
      '/*',
      '`${',
    ),
    fc.integer(),
    fc.array(fc.oneof(fc.integer(), fc.constant(null)), { maxLength: 4 }),
  ),
  { noNullPrototype: true },
);

/** Forged, replayed and senseless messages to a running kernel: nobody's code runs, no secret is told, it answers on. */
export const forgedMessages: Campaign<MessageFault[]> = {
  kind: 'messages',
  title: 'forged, replayed and senseless kernel messages',
  share: 1,
  atOnce: 5,
  faults: fc.array(
    fc.oneof(
      fc.record({
        who: fc.constant('stranger' as const),
        frame: fc.nat({ max: 5 }),
        damage: damages,
        key: fc.option(fc.string({ unit: 'binary', maxLength: 40 })),
      }),
      fc.record({
        who: fc.constant('noise' as const),
        frames: fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 12 }),
      }),
      fc.record({ who: fc.constant('socket' as const), bytes: fc.uint8Array({ maxLength: 500 }) }),
      fc.record({ who: fc.constant('replay' as const) }),
      fc.record({
        who: fc.constant('owner' as const),
        type: fc.constantFrom(...REQUESTS),
        content: senseless as fc.Arbitrary<Content>,
      }),
    ),
    { minLength: 1, maxLength: 8 },
  ),
  prepare: async () => {
    const kernel = await KernelClient.start({ transport: 'ipc' });
    const stranger = new Dealer({ linger: 0 });
    stranger.connect(kernel.address('shell'));
    const heard: Buffer[][] = [];
    void (async () => {
      for await (const frames of stranger) heard.push(frames);
    })();
    await kernel.run('let forged = 0; let obeyed = 0;');
    let replays = 0;

    const send = async (fault: MessageFault): Promise<void> => {
      if (fault.who === 'owner') await kernel.send(fault.type, fault.content);
      else if (fault.who === 'noise')
        await stranger.send(fault.frames.map((one) => Buffer.from(one)));
      else if (fault.who === 'socket') {
        const socket = connect(kernel.address('shell').slice('ipc://'.length));
        socket.on('error', () => undefined);
        await new Promise((resolve) => socket.end(fault.bytes, () => resolve(undefined)));
      } else if (fault.who === 'replay') {
        replays += 1;
        const frames = kernel.frames('execute_request', executeContent('obeyed += 1;'));
        await kernel.sendRaw(frames);
        for (let times = 0; times < 2; times++) await stranger.send(frames);
      } else {
        const key =
          fault.key === null
            ? kernel.connection.key
            : `${fault.key}${randomBytes(4).toString('hex')}`;
        const frames = kernel
          .frames('execute_request', executeContent('forged += 1;'), { key })
          .map((frame) => Buffer.from(frame));
        const at = fault.frame;
        const altered = damaged(frames[at] as Buffer, fault.damage);
        // With the right key and nothing altered it would be the owner's own.
        if (fault.key === null && altered.equals(frames[at] as Buffer)) return;
        await stranger.send(frames.map((frame, i) => (i === at ? altered : frame)));
      }
    };
    return {
      inflict: async (faults) => {
        for (const fault of faults) await send(fault);
        if (kernel.exit !== null) throw new RawError(`the kernel ended: ${kernel.printed}`);
        // Senseless requests may end in an error, which drops what was sent after them: asked until it runs.
        let answer = await kernel.run('console.log(forged, obeyed)', { stop_on_error: false });
        for (let tries = 0; answer.reply.status === 'aborted' && tries < 20; tries++) {
          answer = await kernel.run('console.log(forged, obeyed)', { stop_on_error: false });
        }
        const [forged, obeyed] = printed(answer.published).split(' ').map(Number);
        if (forged !== 0) throw new Loss(`a stranger's code ran: ${printed(answer.published)}`);
        if ((obeyed ?? Number.NaN) > replays) throw new Loss('a message was obeyed twice');
        const told = Buffer.concat(heard.splice(0).flat()).toString('latin1');
        if (told.includes(kernel.connection.key)) throw new Loss('the key was told');
        if (told !== '' && !faults.some(({ who }) => who === 'replay')) {
          throw new Loss(`a stranger was answered: ${told.slice(0, 200)}`);
        }
        if (kernel.printed !== '') throw new RawError(`the kernel printed ${kernel.printed}`);
        return faults.length;
      },
      end: async () => {
        stranger.close();
        await kernel.stop();
      },
    };
  },
};
