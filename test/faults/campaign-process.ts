/** One campaign, in a process of its own: `campaign-process.ts KIND SECONDS SEED [PATH]`. Tells the parent what came of it. */
import { mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { listeners } from '../tools/start/marked-processes';
import { type Campaign, described, type Failure, Loss, type Prepared } from './campaign';
import { CAMPAIGNS } from './campaigns';

/** What the process sends. */
export interface CampaignReport {
  readonly count: number;
  readonly failures: readonly Failure[];
  readonly leftovers: readonly string[];
}

/** Enough to see what is wrong; each is looked into for its smallest fault, which takes time. */
const MOST_FAILURES = 3;
const SHRINKING_MS = 30_000;

function failureOf(details: fc.RunDetails<[unknown]>): Failure {
  const error = details.errorInstance;
  return {
    what: error instanceof Loss ? 'loss' : 'raw error',
    message: error instanceof Error ? described(error) : String(error),
    fault: fc.stringify(details.counterexample?.[0]).slice(0, 2000),
    seed: details.seed,
    path: details.counterexamplePath ?? '',
  };
}

/** Faults until the time is over; or the one at `path`, again. */
async function runCampaign<Fault>(
  campaign: Campaign<Fault>,
  { inflict }: Prepared<Fault>,
  { seconds, seed, path }: { seconds: number; seed: number; path: string | undefined },
): Promise<{ count: number; failures: Failure[] }> {
  // What the beginning took counts; one round is always made.
  const end = performance.timeOrigin + seconds * 1000;
  const failures: Failure[] = [];
  let count = 0;
  let latest: Promise<unknown> = Promise.resolve();
  const property = fc.asyncProperty(campaign.faults, async (fault) => {
    const work = inflict(fault);
    latest = work.catch(() => undefined);
    count += (await work) ?? 1;
  });
  for (let round = 0; round === 0 || Date.now() < end; round++) {
    const details = await fc.check(property, {
      seed: seed + round,
      numRuns: campaign.atOnce,
      // Faults that take seconds are not made smaller.
      endOnFailure: campaign.atOnce === 1 || path !== undefined,
      ...(campaign.atOnce === 1 ? {} : { interruptAfterTimeLimit: SHRINKING_MS + 30_000 }),
      ...(path === undefined ? {} : { path }),
    });
    // fast-check leaves a fault behind when its time is up; the next one would meet it half-done.
    await latest;
    if (details.failed && details.counterexample !== null) {
      failures.push(failureOf(details as fc.RunDetails<[unknown]>));
    }
    if (path !== undefined || failures.length === MOST_FAILURES) break;
  }
  return { count, failures };
}

async function main(): Promise<void> {
  const [, , kind, seconds, seed, path] = process.argv;
  const campaign = CAMPAIGNS.find((one) => one.kind === kind);
  if (campaign === undefined) throw new Error(`no campaign "${kind}"`);
  const folder = join(process.env.SELFSUP_FAULTS ?? '', 'work');
  mkdirSync(folder, { recursive: true });
  const failures: Failure[] = [];
  let count = 0;
  const crash = (error: unknown): Failure => ({
    what: error instanceof Loss ? 'loss' : 'raw error',
    message: described(error),
    fault: 'before or after all faults',
    seed: Number(seed),
    path: '',
  });
  try {
    const prepared = await campaign.prepare({ folder });
    const begin = { seconds: Number(seconds), seed: Number(seed), path };
    const outcome = await runCampaign(campaign, prepared, begin);
    failures.push(...outcome.failures);
    count = outcome.count;
    await prepared.end();
  } catch (error) {
    failures.push(crash(error));
  }
  const report: CampaignReport = {
    count,
    failures,
    leftovers: [
      ...readdirSync(tmpdir()).map((name) => `temporary file ${name}`),
      ...(process.platform === 'linux' ? listeners([process.pid]) : []).map(
        ({ address }) => `listening port ${address}`,
      ),
    ],
  };
  process.send?.(report, () => process.exit(0));
}

void main();
