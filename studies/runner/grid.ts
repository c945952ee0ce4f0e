import { createHash } from 'node:crypto';
import { losslessJson } from 'selfsup/training/files';
import { OptionError } from '../../bench/options';
import type { Configuration, Study } from './study';

/** A configuration with what its result is found by. */
export interface Task {
  readonly study: string;
  readonly configuration: Configuration;
  /** SHA-256 of the study's name and revision and the configuration: a changed recipe has another one. */
  readonly digest: string;
}

/** Which part of a grid is wanted. */
export interface Choice {
  /** Names of recipes, or parts of them; empty for all. */
  readonly only: readonly string[];
  /** Empty for all of the study. */
  readonly data: readonly string[];
  /** `null` for those of the study. */
  readonly seeds: readonly number[] | null;
  readonly scale: number;
}

/** JSON whose keys are in order, so that equal values have equal texts. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(JSON.parse(losslessJson(value)), (_key, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

/** What tells a configuration from every other. */
export function digestOf(study: string, revision: number, configuration: Configuration): string {
  return createHash('sha256')
    .update(canonicalJson({ study, revision, configuration }))
    .digest('hex');
}

/** What is meant where the whole name is given, else whatever contains it. */
function namesMeant(only: readonly string[], names: readonly string[]): string[] {
  if (only.length === 0) return [...names];
  const meant = only.map((wanted) => {
    const found = names.includes(wanted) ? [wanted] : names.filter((name) => name.includes(wanted));
    if (found.length === 0) {
      throw new OptionError(
        `--only: no recipe contains "${wanted}"; the recipes are ${names.map((name) => `"${name}"`).join(', ')}.`,
      );
    }
    return found;
  });
  return names.filter((name) => meant.some((found) => found.includes(name)));
}

/**
 * The configurations of a study, seed by seed, so that a study that is stopped has whole seeds.
 *
 * @param name The study's name.
 * @throws OptionError when a recipe or data set is not in the grid.
 */
export function tasksOf(name: string, study: Study, choice: Choice): Task[] {
  const recipes = namesMeant(choice.only, Object.keys(study.recipes));
  const unknown = choice.data.filter((data) => !study.data.includes(data));
  if (unknown.length > 0) {
    throw new OptionError(
      `--data: the study has no ${unknown.join(', ')}; expected some of ${study.data.join(', ')}.`,
    );
  }
  const dataSets = study.data.filter(
    (data) => choice.data.length === 0 || choice.data.includes(data),
  );
  return (choice.seeds ?? study.seeds).flatMap((seed) =>
    dataSets.flatMap((data) =>
      recipes.map((recipe) => {
        const parameters = study.recipes[recipe] as Configuration['parameters'];
        const configuration = { recipe, parameters, data, seed, scale: choice.scale };
        return {
          study: name,
          configuration,
          digest: digestOf(name, study.revision, configuration),
        };
      }),
    ),
  );
}

/** `SimCLR, 8 epochs · cifar10 · seed 2` */
export function labelOf({ configuration: { recipe, data, seed } }: Task): string {
  return `${recipe} · ${data} · seed ${seed}`;
}
