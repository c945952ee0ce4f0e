import { heatmap, InvalidArgumentError, scatterPlot, tf, thumbnails } from 'selfsup';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import { complaintsAbout, drawn } from './drawn-figure';

const texts = { title: 'Similarities', description: 'The diagonal is 1.' };
/** One red and one blue picture. */
const colours = tf.tensor4d(
  [
    ...Array.from({ length: 16 }, () => [1, 0, 0]),
    ...Array.from({ length: 16 }, () => [0, 0, 1]),
  ].flat(),
  [2, 4, 4, 3],
);

describe('thumbnails', () => {
  it('are addresses that hold the pictures, one for each, grey ones too', async () => {
    const grey = { pixels: Uint8Array.of(0, 128, 255, 7), imageShape: [2, 2, 1] as const };
    for (const [images, expected] of [
      [
        colours,
        [
          [255, 0, 0],
          [0, 0, 255],
        ],
      ],
      [grey, [[0, 0, 0]]],
    ] as const) {
      const found = await thumbnails(images);
      const first = found.map((address) => {
        expect(address.startsWith('data:image/png;base64,')).toBe(true);
        const bytes = Buffer.from(address.slice('data:image/png;base64,'.length), 'base64');
        return Array.from(tf.node.decodePng(bytes, 3).dataSync().slice(0, 3));
      });
      expect(first).toEqual(expected);
    }
    await expect(thumbnails(colours.mul<tf.Tensor4D>(255))).rejects.toThrow(/\[0, 1\]/);
    expect(await thumbnails(tf.zeros([0, 4, 4, 3]))).toEqual([]);
  });

  const bytes = (length: number, ...imageShape: [number, number, number]) => ({
    pixels: new Uint8Array(length),
    imageShape,
  });
  it.each<[string, unknown, RegExp]>([
    ['a part of a picture', bytes(50, 4, 4, 3), /50 bytes for images of shape \[4,4,3\]/],
    ['two channels', bytes(32, 4, 4, 2), /of shape \[4,4,2\]; expected .* one or three channels/],
    ['no pixels', tf.zeros([2, 0, 0, 3]), /of shape \[0,0,3\]; expected height, width/],
    ['one picture that is no batch', tf.zeros([4, 4, 3]), /float32 \[4,4,3\]; expected images \[N/],
    [
      'truth values',
      tf.zeros([1, 4, 4, 3], 'bool'),
      /bool \[1,4,4,3\]; expected .* float32 or int32/,
    ],
    [
      'too large whole numbers',
      tf.fill([1, 4, 4, 3], 300, 'int32'),
      /from 300 to 300; expected .*255/,
    ],
    ['negative whole numbers', tf.fill([1, 4, 4, 3], -5, 'int32'), /from -5 to -5/],
    ['nothing', undefined, /given no images/],
  ])('refuse %s', async (_, images, message) => {
    const refused = thumbnails(images as tf.Tensor4D);
    await expect(refused).rejects.toThrow(InvalidArgumentError);
    await expect(refused).rejects.toThrow(message);
  });
});

describe('heatmap with pictures and frames', () => {
  const options = {
    ...texts,
    values: [
      [1, 0],
      [0, 1],
    ],
    xLabel: 'column',
    yLabel: 'row',
    valueLabel: 'cosine',
    cellSize: 30,
    valueFormat: '',
  };

  it('draws a picture before each row and below each column, clear of the titles', async () => {
    const images = await thumbnails(colours);
    const figure = heatmap({ ...options, rowImages: images, columnImages: images });
    expect(complaintsAbout(figure)).toEqual([]);
    const { colours: seen, width, pixel, pixelWidth, pixelHeight } = await drawn(figure);
    expect(seen.has('255,0,0') && seen.has('0,0,255')).toBe(true);
    // Each picture measures 28 CSS pixels, two pixels of the PNG each.
    const count = (colour: string) => {
      let found = 0;
      for (let y = 0; y < pixelHeight; y++) {
        for (let x = 0; x < pixelWidth; x++) if (pixel(x, y).join() === colour) found++;
      }
      return found;
    };
    for (const colour of ['255,0,0', '0,0,255']) {
      expect(count(colour)).toBeGreaterThan(0.9 * 2 * 56 * 56);
    }
    expect(width).toBeLessThan(400);
  });

  it('frames the cells it is told to, no others', async () => {
    const figure = heatmap({ ...options, framed: [[1, 0]] });
    expect(complaintsAbout(figure)).toEqual([]);
    const spec = JSON.parse(JSON.stringify(figure.spec)) as TopLevelSpec;
    const view = new View(parse(compile(spec).spec), { renderer: 'none' });
    const svg = await view.toSVG();
    expect(svg.match(/<path aria-label="column: 0; row: 1"[^>]*stroke="black"/g)).toHaveLength(1);
    expect(svg.match(/stroke="black"/g)).toHaveLength(1);
  });

  it('refuses pictures that do not fit, and a cell that is not there', () => {
    const framed = [[2, 0]] as const;
    expect(() => heatmap({ ...options, framed })).toThrow(/row 2, column 0; it has 2 × 2/);
    expect(() => heatmap({ ...options, rowImages: ['a'] })).toThrow(/2 rows but 1 rowImages/);
  });
});

describe('scatterPlot with pictures', () => {
  it('shows the picture of the point under the pointer', async () => {
    const images = await thumbnails(colours);
    const group = { name: 'a', x: [1, 2], y: [1, 2], images };
    const axes = { ...texts, xLabel: 'x', yLabel: 'y' };
    const figure = scatterPlot({ ...axes, groups: [group] });
    expect(complaintsAbout(figure)).toEqual([]);
    const spec = JSON.parse(JSON.stringify(figure.spec)) as TopLevelSpec;
    const view = await new View(parse(compile(spec).spec), { renderer: 'none' }).runAsync();
    // vega-tooltip draws what is called "image".
    interface Item {
      readonly name?: string;
      readonly items?: readonly Item[];
    }
    const itemsOf = (item: Item): readonly Item[] =>
      item.name === 'layer_0_marks' ? (item.items ?? []) : (item.items ?? []).flatMap(itemsOf);
    const { root } = view.scenegraph() as unknown as { root: Item };
    expect(itemsOf(root)).toMatchObject(images.map((image) => ({ tooltip: { image } })));
    const one = { ...group, images: images.slice(1) };
    expect(() => scatterPlot({ ...axes, groups: [one] })).toThrow(InvalidArgumentError);
  });
});
