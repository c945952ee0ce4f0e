import { posix } from 'node:path';

/**
 * The address of the course's repository, as it was given or as GitHub's own runs know it; `undefined` where nobody says it.
 *
 * @param {string | undefined} given
 * @param {NodeJS.ProcessEnv} env
 */
export function repositoryAddress(given, env) {
  const known =
    env.GITHUB_SERVER_URL && env.GITHUB_REPOSITORY
      ? `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}`
      : undefined;
  return (given || known)?.replace(/(\.git)?\/?$/, '');
}

/**
 * Services that open a notebook in a browser without an installation: those that the course has a configuration for and that can
 * reach its repository.
 *
 * @param {{ repository?: string | undefined, files: string[], path: string }} notebook
 * @returns {{ label: string, address: string }[]}
 */
export function openingServices({ repository, files, path }) {
  const [, name] = /^https:\/\/github\.com\/([^/]+\/[^/]+)$/.exec(repository ?? '') ?? [];
  if (name === undefined) return [];
  const has = (folder) => files.some((file) => posix.dirname(file).split('/')[0] === folder);
  return [
    ...(has('binder')
      ? [
          {
            label: 'Open it on Binder',
            address: `https://mybinder.org/v2/gh/${name}/HEAD?urlpath=lab/tree/${path}`,
          },
        ]
      : []),
    ...(has('.devcontainer')
      ? [{ label: 'Open the course in a codespace', address: `https://codespaces.new/${name}` }]
      : []),
  ];
}
