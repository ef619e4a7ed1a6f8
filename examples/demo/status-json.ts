import { readMicros } from './archive-summary.ts';

/** The watermark of the demo's only table in `tidemark status --json`, in microseconds. */
export function readWatermarkMicros(statusJson: string): number {
  const status = JSON.parse(statusJson) as { tables?: { watermark?: string | null }[] };
  const watermark = status.tables?.[0]?.watermark;
  return typeof watermark === 'string' ? readMicros(watermark) : Number.NEGATIVE_INFINITY;
}
