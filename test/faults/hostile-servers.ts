import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { downloadFile, VerifiedDownloadError } from 'verified-download';
import { type Campaign, failingOnlyWith, Loss, RawError } from './campaign';
import { HostileServer, type Hostility } from './hostile-server';

const HOWS: readonly Hostility['how'][] = [
  ...(['honest', 'ignores the range', 'cuts', 'alters a byte', 'says nothing', 'stalls'] as const),
  ...(['drips', 'redirects for ever', 'lies about the range', 'lies about the length'] as const),
  ...(['never ends', 'resets the connection', 'speaks another protocol'] as const),
  ...(['is a captive portal', 'claims gzip', 'cuts a chunk', 'another version'] as const),
];

/** Short, so that much is tried; each limit is still met. */
const PATIENCE = {
  attempts: 3,
  retryDelay: 2,
  stallTimeout: 400,
  minimumSpeed: 5000,
  maximumWait: 1200,
};
/** Far above what the patience adds up to. */
const LONGEST_SECONDS = 90;

interface ServerFault {
  readonly answers: Hostility[];
  readonly knowsSize: boolean;
}

/** Servers that lie, stall, cut and refuse: the file is whole or there is a sentence, and the next honest server ends it. */
export const hostileServers: Campaign<ServerFault> = {
  kind: 'servers',
  title: 'hostile HTTP servers',
  share: 2,
  atOnce: 1,
  faults: fc.record({
    answers: fc.array(
      fc.record({
        how: fc.constantFrom(...HOWS),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        status: fc.oneof(
          { weight: 3, arbitrary: fc.constant(200 as const) },
          {
            weight: 1,
            arbitrary: fc.constantFrom(
              ...([400, 403, 404, 408, 416, 429, 500, 502, 503, 504] as const),
            ),
          },
        ),
        retryAfter: fc.constantFrom(
          ...[null, '0', '1', '86400', '-5', 'soon', 'Wed, 21 Oct 2015 07:28:00 GMT', '1e999', ''],
        ),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    knowsSize: fc.boolean(),
  }),
  prepare: async ({ folder }) => {
    const content = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * i + (i >> 7)) % 251));
    const server = new HostileServer(content);
    const url = await server.listen();
    const sha256 = createHash('sha256').update(content).digest('hex');
    return {
      inflict: async ({ answers, knowsSize }) => {
        const place = mkdtempSync(join(folder, 'd-'));
        const target = join(place, 'data.bin');
        const size = knowsSize ? { size: content.length } : {};
        const fetch = () =>
          downloadFile({ url, sha256, ...size }, target, { ...PATIENCE, maximumSize: 4_000_000 });
        server.behave(answers);
        const started = Date.now();
        const { error } = await failingOnlyWith(VerifiedDownloadError, fetch);
        const seconds = (Date.now() - started) / 1000;
        if (seconds > LONGEST_SECONDS) throw new RawError(`the download took ${seconds} s`);
        const isThere = existsSync(target);
        if (isThere !== (error === undefined))
          throw new Loss('a file after a failure, or none after success');
        if (isThere && !readFileSync(target).equals(content))
          throw new Loss('a file of another content');
        const besides = readdirSync(place).filter(
          (name) => !['data.bin', 'data.bin.part'].includes(name),
        );
        const half = besides.filter((name) => !name.startsWith('data.bin.part'));
        if (half.length > 0) throw new Loss(`left beside the file: ${half.join(', ')}`);
        server.behave([]);
        await fetch();
        if (!readFileSync(target).equals(content))
          throw new Loss('an honest server did not repair it');
        if (readdirSync(place).length !== 1)
          throw new Loss(`left: ${readdirSync(place).join(', ')}`);
        rmSync(place, { recursive: true });
        return answers.length;
      },
      end: () => server.close(),
    };
  },
};
