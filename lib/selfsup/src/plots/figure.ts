/** A Vega-Lite v5 specification: plain JSON. */
export type VegaLiteSpec = Readonly<Record<string, unknown>>;

/** A picture as PNG, with the size at which it is meant to be shown. */
export interface PngImage {
  /** The bytes of the PNG file; charts hold two pixels per CSS pixel. */
  readonly bytes: Uint8Array;
  /** Width to show it at, in CSS pixels. */
  readonly width: number;
  /** Height to show it at, in CSS pixels. */
  readonly height: number;
}

/**
 * What is drawn, in the forms the different places of showing it need. There is no Plotly form:
 * nodeplotlib 1.1.2, which would show it on the desktop, listens on every network interface and lets nobody change that,
 * and one malformed request ends the process. On the desktop, `figurePage` of the same specification is opened instead.
 */
export interface Figure {
  readonly title: string;
  /** The text alternative: what the figure shows, for a reader who cannot see it. */
  readonly description: string;
  /** Drawn interactively by JupyterLab. */
  readonly spec: VegaLiteSpec;
  /** The same picture without a browser; drawn at the first call, then kept. */
  png(): Promise<PngImage>;
}

/** What a screen reader says of a figure: its title is part of the drawing, so it is said too. */
export function textAlternative({ title, description }: FigureTexts): string {
  return `${title}${/[.?!…:]$/.test(title) ? '' : '.'} ${description}`;
}

/** What every figure says about itself. */
export interface FigureTexts {
  readonly title: string;
  /** The text alternative: what the figure shows, for a reader who cannot see it. */
  readonly description: string;
}

/** The texts of a figure that is made. */
export interface FigureOptions {
  readonly title: string;
  /**
   * The text alternative: what the figure shows, for a reader who cannot see it, in one to three sentences. Default: what
   * its data say in numbers. Write it where there is more to see than that.
   */
  readonly description?: string;
}
