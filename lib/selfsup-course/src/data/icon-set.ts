/** A drawing of an {@link IconSet}. */
export interface Icon {
  /** The SVG elements within its `<svg>`. */
  readonly body: string;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}

/** What `icons.json` of a package `@iconify-json/…` holds. */
export interface IconSet {
  readonly icons: Readonly<Record<string, Icon>>;
  /** Of drawings that do not say their own. */
  readonly width?: number;
  readonly height?: number;
}

/** A complete SVG document of one drawing of a set. */
export function svgDocument(set: IconSet, icon: Icon): string {
  const { left = 0, top = 0, width = set.width ?? 16, height = set.height ?? 16 } = icon;
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ' +
    `viewBox="${left} ${top} ${width} ${height}" width="${width}" height="${height}">${icon.body}</svg>`
  );
}
