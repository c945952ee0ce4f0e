import { dataFolder } from 'verified-download';

/**
 * The folder in which CIFAR-10 is kept: `data/` of the nearest folder, going up from `start`, whose `package.json`
 * declares workspaces and that has a `data` folder; else `cifar10-loader` in the user's cache folder. Other data sets
 * take verified-download's `dataFolder` with a name of their own.
 */
export function defaultDataFolder(start: string = process.cwd()): string {
  return dataFolder('cifar10-loader', start);
}
