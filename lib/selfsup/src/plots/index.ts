export type { AxisOptions } from './axes';
export { type Bar, type BarChartOptions, barChart, type RecordBarChartOptions } from './bar-chart';
export { COLOUR_BLIND_SAFE_PALETTE } from './colour-blind-safe-palette';
export {
  type Figure,
  type FigureOptions,
  type FigureTexts,
  type PngImage,
  textAlternative,
  type VegaLiteSpec,
} from './figure';
export { figurePage } from './figure-page';
export { type HeatmapOptions, heatmap } from './heatmap';
export { type ImageGridOptions, imageGrid } from './image-grid';
export { type LineChartOptions, lineChart, type RecordLineChartOptions } from './line-chart';
export {
  decimalsOf,
  deviationOf,
  isMeanAndDeviation,
  type MeanAndDeviation,
  type Measured,
  meanOf,
  nameAndUnit,
} from './measured';
export type { PixelImages } from './mosaic';
export type { ReferenceLine } from './reference-line';
export {
  type LineSegment,
  type PointGroup,
  type ScatterPlotOptions,
  scatterPlot,
} from './scatter-plot';
export { type Series, seriesFromRecords } from './series';
export { type SliderOptions, slider } from './slider';
export { thumbnails } from './thumbnails';
export {
  type WaterfallChartOptions,
  type WaterfallStage,
  waterfallChart,
} from './waterfall-chart';
