import { formulasAsMathml } from '../course/mathml.mjs';

/**
 * nbgrader's page of feedback as one file that needs no network: formulas as MathML, no script, and each task named in the
 * list of scores.
 *
 * @param {string} page as nbgrader wrote it
 */
export function feedbackPage(page) {
  const alone = page
    .replaceAll(/<script\b[\s\S]*?<\/script>/g, '')
    .replaceAll(/(<a href="#(\w+)-check">)Test cell(<\/a>)/g, '$1$2$3');
  return formulasAsMathml(alone);
}
