/**
 * Mean of each colour channel of interleaved pixels, in [0, 1].
 *
 * @internal
 */
export function channelMeans(pixels: Uint8Array): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  for (let p = 0; p < pixels.length; p += 3) {
    sums[0] += pixels[p] as number;
    sums[1] += pixels[p + 1] as number;
    sums[2] += pixels[p + 2] as number;
  }
  const scale = 255 * (pixels.length / 3);
  return [sums[0] / scale, sums[1] / scale, sums[2] / scale];
}
