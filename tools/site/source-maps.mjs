import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MENTION = /^(?:\/\/# sourceMappingURL=.*|\/\*# sourceMappingURL=.*\*\/)$/m;

/**
 * A script or a style that does not name its map, since the site has none: a browser with its tools open would ask for it.
 *
 * @param {string} text
 */
export function withoutSourceMap(text) {
  return text.replace(MENTION, '');
}

/**
 * Removes the maps of a folder's scripts and styles, megabytes that no reader needs, and what names them.
 *
 * @param {string} folder
 */
export function removeSourceMaps(folder) {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|css)\.map$/.test(name)) continue;
    rmSync(join(folder, name));
    const mapped = join(folder, name.replace(/\.map$/, ''));
    if (existsSync(mapped)) writeFileSync(mapped, withoutSourceMap(readFileSync(mapped, 'utf8')));
  }
}
