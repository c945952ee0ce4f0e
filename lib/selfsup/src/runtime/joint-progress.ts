import type { OnProgress } from './progress';

/**
 * Makes one piece of work of several that follow one another, so that a single bar shows them all.
 *
 * @param sizes What each part adds to `done`, in `unit`, however it counts itself.
 * @returns Of each part, in order, whom it tells its progress: the whole's `onProgress` is told with the part's label as message.
 *
 * @internal
 */
export function jointProgress(
  { label, unit, sizes }: { label: string; unit: string; sizes: readonly number[] },
  onProgress: OnProgress | undefined,
): (OnProgress | undefined)[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  return sizes.map((size) => {
    const start = before;
    before += size;
    return (
      onProgress &&
      ((part) => {
        const share = part.total === null ? 0 : part.done / part.total;
        onProgress({
          label,
          done: start + Math.round(share * size),
          total,
          unit,
          message: part.label,
        });
      })
    );
  });
}
