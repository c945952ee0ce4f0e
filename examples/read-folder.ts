import { type ImageFolder, type ImageFolderOptions, imageFolder, SelfSupError } from 'selfsup';
import { progressBar } from 'selfsup-course';

/** Height and width at which pictures are compared: what the shipped encoders were trained on. */
export const PICTURE_SIZE = 32;

/** So many files that were skipped are named; all of them would push everything else off the screen. */
const NAMED = 10;

/** Ctrl-C while a folder was read. */
class ReadingStopped extends SelfSupError {}

/**
 * Reads a folder of pictures with a progress bar, and says in lines what was read, what was skipped and why, and what was
 * left out as a copy. Ctrl-C stops it; what has been decoded is kept for the next time.
 *
 * @param withoutClasses The options where there turn out to be fewer than two classes; default: the same.
 * @throws ImageFolderError when it holds no picture; ReadingStopped.
 */
export async function readFolder(
  dir: string,
  options: Partial<ImageFolderOptions> = {},
  withoutClasses: Partial<ImageFolderOptions> = options,
): Promise<ImageFolder> {
  const controller = new AbortController();
  const stop = () =>
    controller.abort(
      new ReadingStopped(
        'Stopped. What has been read is kept: the same command goes on from there.',
      ),
    );
  process.once('SIGINT', stop);
  try {
    const { signal } = controller;
    const onProgress = progressBar();
    const own = { dir, size: PICTURE_SIZE, signal };
    let folder = await imageFolder({ ...own, onProgress, ...options });
    if (withoutClasses !== options && folder.train.labelNames.length < 2) {
      // From what was kept a moment ago, in no time; where nothing could be kept, it is decoded again.
      const shown = folder.cacheProblem === null ? {} : { onProgress };
      folder = await imageFolder({ ...own, ...shown, ...withoutClasses });
    }
    console.log(folder.summary);
    for (const { file, detail } of folder.skipped.slice(0, NAMED)) {
      console.log(`  skipped ${file}: ${detail}`);
    }
    const more = folder.skipped.length - NAMED;
    if (more > 0) console.log(`  and ${more.toLocaleString('en-GB')} more`);
    return folder;
  } finally {
    process.off('SIGINT', stop);
  }
}
