import './interrupt-message';

export { formatDuration } from './pace';
export { type ProgressBarOptions, progressBar } from './progress-bar';
export { REPORT_MIME_TYPE, type Report, type ReportOptions, report } from './report';
export { type ShowOptions, show } from './show';
export { type Column, type TableOptions, table } from './table';
