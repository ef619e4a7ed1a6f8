import type { CapturedRow } from '../model/row.ts';

/** Source and framing of a record beside key and row. */
const OVERHEAD_BYTES = 160;

/** About what a row takes in memory and in Kafka, in bytes; characters are taken for bytes. */
export function estimateRecordBytes({ keyJson, afterJson }: CapturedRow): number {
  return keyJson.length + afterJson.length + OVERHEAD_BYTES;
}
