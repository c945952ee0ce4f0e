import { join } from 'node:path';
import { ImageFolderError, InvalidArgumentError, imageFile, imageFolder, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';
import { folderOf, numbered, png } from './pictures';

describe('imageFile', () => {
  it('reads a file as the folder reads it, bit for bit', async () => {
    const dir = folderOf({
      'wide.png': png({ width: 50, height: 20 }),
      'clear.png': png({ width: 9, channels: 4 }),
    });
    for (const fit of ['cover', 'contain', 'fill'] as const) {
      const options = { size: 8, fit, background: '#336699' };
      const all = { testFraction: 0, validationFraction: 0, cacheDir: null };
      const { train } = await imageFolder({ dir, ...options, ...all });
      for (const [position, file] of train.files.entries()) {
        const image = await imageFile(join(dir, file), options);
        const expected = train.images([position]);
        expect(image.shape).toEqual([1, 8, 8, 3]);
        expect([...image.dataSync()]).toEqual([...expected.dataSync()]);
        tf.dispose([image, expected]);
      }
    }
  });

  it('says what is wrong with a file, and leaves no tensor', async () => {
    const dir = folderOf({
      'text.png': Buffer.from('no picture at all'),
      'cut.png': numbered(1, 64).subarray(0, 300),
      'empty.jpg': Buffer.alloc(0),
      'large.png': png({ width: 80 }),
    });
    const before = tf.memory().numTensors;
    for (const [file, message] of [
      ['nothing.png', /nothing\.png does not exist/],
      ['.', /is not a file.*imageFolder reads folders/],
      ['text.png', /text\.png cannot be read: not a JPEG, PNG, BMP or GIF file/],
      ['cut.png', /cut\.png cannot be read: cut short or damaged/],
      ['empty.jpg', /cannot be read: empty/],
      ['large.png', /at most 5,000 are read \(maxPixels\)/],
    ] as const) {
      const reading = imageFile(join(dir, file), { size: 8, maxPixels: 5000 });
      await expect(reading, file).rejects.toThrow(message);
      await expect(reading, file).rejects.toThrow(ImageFolderError);
    }
    await expect(imageFile(join(dir, 'large.png'), { size: 0 })).rejects.toThrow(
      InvalidArgumentError,
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
