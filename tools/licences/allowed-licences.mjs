import satisfies from 'spdx-satisfies';

/**
 * NVIDIA's own licence of its CUDA libraries. They come on a machine with an NVIDIA GPU alone, unchanged, from NVIDIA's packages.
 */
const CUDA = 'LicenseRef-NVIDIA-Proprietary';

/**
 * Licences under which a package may be used here. Those of the first lines ask for a notice at most; LGPL and MPL also ask that
 * changes to the package itself stay under their licence, and the packages are used unchanged; CC is for drawings and lists.
 */
const ALLOWED = [
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0'],
  ...['PSF-2.0', 'Python-2.0', 'Unlicense', 'Bitstream-Vera'],
  ...['BSL-1.0', 'Zlib', 'MIT-CMU', 'Apache-2.0 WITH LLVM-exception'],
  ...['LGPL-3.0-or-later', 'LGPL-3.0-only', 'MPL-2.0'],
  ...['CC0-1.0', 'CC-BY-3.0', 'CC-BY-4.0', 'CC-BY-SA-4.0'],
  CUDA,
];

/**
 * @param {string} licence an SPDX expression
 * @returns {boolean} whether a package may be used under it; false also where it is no such expression
 */
export function isAllowed(licence) {
  try {
    return satisfies(licence, ALLOWED);
  } catch {
    return false;
  }
}
