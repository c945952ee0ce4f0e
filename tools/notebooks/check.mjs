import { citedNumbers } from './cited-numbers.mjs';
import {
  displayCode,
  figureTexts,
  imports,
  longCells,
  longImports,
  lostPromises,
  oneGallery,
  reportedAccuracies,
  tslabTraps,
  unseededRandomness,
  unusedAnswers,
} from './code-rules.mjs';
import { exercisePair, isExercise } from './exercise-rules.mjs';
import { metadata } from './file-rules.mjs';
import { JoinedModule, joinedProgram } from './joined-module.mjs';
import { outputs, runOfOutputs } from './output-rules.mjs';
import { linkTargets, openingAndClosing, pictureTexts } from './text-rules.mjs';
import { typeErrors } from './type-check.mjs';
import { wording } from './wording.mjs';

/**
 * Checks notebooks against the course's conventions (types, texts, navigation, tslab's traps, figures, outputs).
 *
 * @param {import('./notebook.mjs').Notebook[]} notebooks in reading order
 * @param {{ root: string, requireOutputs?: boolean }} options
 * @returns {import('./notebook.mjs').Finding[]} in reading order
 */
export function checkNotebooks(notebooks, { root, requireOutputs = true }) {
  const modules = notebooks.map((notebook) => new JoinedModule(notebook));
  const program = joinedProgram(modules);
  const checker = program.getTypeChecker();
  return modules.flatMap((module) => {
    const { notebook } = module;
    const findings = [
      ...metadata(notebook),
      ...openingAndClosing(notebook, notebooks),
      ...linkTargets(notebook, notebooks),
      ...pictureTexts(notebook),
      ...wording(notebook),
      ...longCells(notebook),
      ...longImports(notebook),
      ...displayCode(notebook),
      ...typeErrors(module, program),
      ...tslabTraps(module, checker),
      ...lostPromises(module, checker),
      ...unseededRandomness(module),
      ...unusedAnswers(module, checker),
      ...oneGallery(module),
      ...imports(module),
      ...figureTexts(module, checker),
      ...reportedAccuracies(module, checker),
      ...exercisePair(notebook, notebooks),
      ...runOfOutputs(notebook),
      ...(requireOutputs && !isExercise(notebook)
        ? [...outputs(notebook, root), ...citedNumbers(notebook)]
        : []),
    ];
    return findings.sort((a, b) => (a.cell ?? 0) - (b.cell ?? 0) || (a.line ?? 0) - (b.line ?? 0));
  });
}
