import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** People have numbers from here on; services have smaller ones. */
const FIRST_PERSON = { darwin: 501, other: 1000 };
/** `nobody`, and what containers map strangers to. */
const NOBODY = 65_534;

/**
 * @param {string} passwd in the form of passwd(5)
 * @param {number} first the smallest number of a person
 * @returns {string[]} the names of those who may log in
 */
export function peopleIn(passwd, first) {
  return passwd
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([, , uid = '', , , , shell = '']) => {
      const number = uid === '' ? Number.NaN : Number(uid);
      return number >= first && number < NOBODY && !/(nologin|false|sync)$/.test(shell);
    })
    .map(([name = '']) => name);
}

/**
 * The people who may log in on this machine; root is not counted, who can do all things anyway. Empty where that cannot be told.
 *
 * @param {string} platform
 * @returns {string[]}
 */
export function loginUsers(platform) {
  if (platform === 'win32') return [];
  if (platform === 'darwin') {
    const { stdout } = spawnSync('dscl', ['.', 'list', '/Users', 'UniqueID'], { encoding: 'utf8' });
    return (stdout ?? '')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, uid]) => Number(uid) >= FIRST_PERSON.darwin && Number(uid) < NOBODY)
      .map(([name = '']) => name);
  }
  // Users of a directory service are in no file.
  const { stdout, status } = spawnSync('getent', ['passwd'], { encoding: 'utf8' });
  try {
    return peopleIn(
      status === 0 ? stdout : readFileSync('/etc/passwd', 'utf8'),
      FIRST_PERSON.other,
    );
  } catch {
    return [];
  }
}
