import { readFile } from 'node:fs/promises';

/**
 * A JSON file of an installed npm package.
 *
 * @param module such as `@iconify-json/noto/icons.json`.
 */
export async function readPackageJson<T>(module: string): Promise<T> {
  // Not `require`, which would keep 50 MB of icons in its cache.
  return JSON.parse(await readFile(require.resolve(module), 'utf8')) as T;
}

/** Name and version of an installed npm package, such as `@iconify-json/noto@1.2.9`. */
export async function packageVersion(name: string): Promise<string> {
  const { version } = await readPackageJson<{ version: string }>(`${name}/package.json`);
  return `${name}@${version}`;
}
