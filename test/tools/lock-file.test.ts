import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface Entry {
  readonly link?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly inBundle?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(
  readFileSync(join(__dirname, '..', '..', 'package-lock.json'), 'utf8'),
) as { packages: Record<string, Entry> };
const entries = Object.entries(packages).filter(([path]) => path.includes('node_modules/'));

it('the lock file has the packages of every platform: npm leaves out what fits another one than that it was made on', () => {
  const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !entries.some(([other]) => other.endsWith(`node_modules/${name}`)))
      .map((name) => `${path} needs ${name} on another platform`),
  );
  expect(missing).toEqual([]);
});

it('the lock file names no registry, and every package by its digest', () => {
  expect(entries.filter(([, { resolved }]) => resolved?.startsWith('http'))).toEqual([]);
  const unsure = entries.filter(
    ([, { link, integrity, inBundle }]) => !link && !inBundle && !integrity,
  );
  expect(unsure.map(([path]) => path)).toEqual([]);
});
