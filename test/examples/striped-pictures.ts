import { numbered, png } from '../selfsup/data/image-folder/pictures';

/** A picture of stripes in a colour and with an offset that `n` decides: upright ones, or lying ones. */
export function stripes(n: number, direction: 'upright' | 'lying', width = 40): Buffer {
  const colour = [40 + ((n * 67) % 200), 40 + ((n * 131) % 200), 40 + ((n * 29) % 200)];
  // At every width the same picture: five stripes, moved by `n` fortieths of the width.
  const along = (x: number, y: number) => ((direction === 'upright' ? x : y) * 40) / width + n;
  return png({
    width,
    value: (x, y, channel) => (along(x, y) % 8 < 4 ? (colour[channel] as number) : 250),
  });
}

/** Files of two classes, `count` of each. */
export function stripedClasses(count: number): Record<string, Buffer> {
  return Object.fromEntries(
    (['upright', 'lying'] as const).flatMap((direction) =>
      Array.from({ length: count }, (_, n) => [`${direction}/${n}.png`, stripes(n, direction)]),
    ),
  );
}

/** Files that real folders hold as well: a copy, one cut short, one that is no picture, one that is empty. */
export const troubles: Readonly<Record<string, Buffer>> = {
  'upright/copy of 3.png': stripes(3, 'upright'),
  'lying/cut short.png': numbered(1, 64).subarray(0, 300),
  'lying/notes.txt': Buffer.from('not a picture'),
  'lying/empty.jpg': Buffer.alloc(0),
};
