import { basename } from 'node:path';

/**
 * Whose the notebooks are that were handed in: `ann_3-moco.ipynb` is ann's, and so is `Ann Lee_123_ann_3-moco.ipynb`, as a
 * learning platform names it, and `ann_3-moco (1).ipynb`, as a browser names a second download. The settings' `named_regexp` reads
 * names likewise.
 *
 * @param {readonly string[]} files names or paths
 * @param {string} name of the assignment
 * @returns {{ students: string[], others: string[], clashes: string[] }} `others`: notebooks that do not say whose they are;
 *   `clashes`: those of a student who has another
 */
export function handedIn(files, name) {
  const named = new RegExp(`^(?:.*_)?([A-Za-z0-9.-]+)_${name}(?: ?\\(\\d+\\))?\\.ipynb$`);
  const notebooks = files.filter((file) => file.endsWith('.ipynb')).sort();
  /** @type {Map<string, string[]>} */
  const byStudent = new Map();
  const others = notebooks.filter((file) => {
    const student = named.exec(basename(file))?.[1];
    if (student === undefined) return true;
    byStudent.set(student, [...(byStudent.get(student) ?? []), file]);
    return false;
  });
  const clashes = [...byStudent.values()].filter((theirs) => theirs.length > 1).flat();
  return { students: [...byStudent.keys()].sort(), others, clashes };
}
