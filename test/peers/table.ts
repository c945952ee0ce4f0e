import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type FixtureName, readFixture } from './fixture';

/** The document whose table says where the library agrees with others; its numbers are the tests' bounds. */
export const DOCUMENT = join(__dirname, '../../lib/selfsup/PEERS.md');

/** A row of the table of agreements. */
export interface Agreement {
  readonly name: string;
  readonly peer: string;
  /** A fixture and its row, or a test that compares with files beside it. */
  readonly fixture: string;
  /** The bound of the test. */
  readonly tolerance: number;
}

/** The cells of all tables under a heading, without their first two lines. */
export function tableUnder(heading: string): string[][] {
  const text = readFileSync(DOCUMENT, 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`PEERS.md has no section "${heading}".`);
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function withoutCode(cell: string): string {
  return cell.replaceAll('`', '');
}

export function agreements(): Agreement[] {
  return tableUnder('Where we agree').map(([name, peer, fixture, tolerance]) => ({
    name: withoutCode(name as string),
    peer: peer as string,
    fixture: withoutCode(fixture as string),
    tolerance: tolerance === 'exact' ? 0 : Number(tolerance),
  }));
}

/** The cases of a row of a fixture, and the bound that the table gives. */
export function row<C>(
  fixture: FixtureName,
  name: string,
): { readonly cases: readonly C[]; readonly agree: (difference: number, what: string) => void } {
  const cases = readFixture(fixture).rows[name] as readonly C[] | undefined;
  if (cases === undefined || cases.length === 0) {
    throw new Error(
      `${fixture}.json has no cases of "${name}". Make it again: npm run peers -- ${fixture}`,
    );
  }
  const found = agreements().find((one) => one.name === name && one.fixture === fixture);
  if (found === undefined) throw new Error(`PEERS.md has no row "${name}" of ${fixture}.`);
  const agree = (difference: number, what: string): void => {
    expect(difference, `${name}, ${what}: difference from ${found.peer}`).toBeLessThanOrEqual(
      found.tolerance,
    );
  };
  return { cases, agree };
}
