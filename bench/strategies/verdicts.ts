import { duration, times } from './figures.ts';
import type { StrategiesReport } from './strategies-report.ts';

/** A sentence each about what Tidemark wants to reach, as far as it was measured, and about what the figures mean. */
export function verdicts(report: StrategiesReport): string[] {
  const { ratios, targets, packAloneMs, strategies } = report;
  const { watermark, stream } = strategies;
  return [
    ratios.update === null
      ? ''
      : `UPDATE time: ${times(ratios.update)} less than per-record as the tool waits for it, ${times(ratios.updateInServer)} in the server, wanted ${times(targets.update)}: ${holds(ratios.update >= targets.update)}.`,
    ratios.updateWal === null
      ? ''
      : `WAL of the UPDATEs: ${times(ratios.updateWal)} less than per-record, wanted ${times(targets.updateWal)}: ${holds(ratios.updateWal >= targets.updateWal)}.`,
    ratios.packAlone === null || watermark === undefined
      ? ''
      : `The watermark cycle took ${duration(watermark.totalMs)}, of it ${duration(watermark.insideMs)} in the cycle itself, packing the same shards alone ${duration(packAloneMs)}, also without the start of its program: ${times(ratios.packAloneInside)}, wanted at most ${times(targets.packAlone)}: ${holds(ratios.packAloneInside !== null && ratios.packAloneInside <= targets.packAlone)}. With the start of the program it is ${times(ratios.packAlone)}.`,
    ratios.script === null ? '' : `The script took ${times(ratios.script)} as long as the watermark cycle.`,
    ratios.stream === null || stream === undefined
      ? ''
      : `The stream took ${times(ratios.stream)} as long, from init to its orderly stop, with ${duration(stream.kafkaCpuMs)} of CPU in Kafka.`,
    ratios.streamIsEqual === null
      ? ''
      : `The shards of stream and watermark cycle are ${ratios.streamIsEqual ? 'equal, byte for byte' : 'NOT equal'}.`,
  ].filter((sentence) => sentence !== '');
}

function holds(isReached: boolean): string {
  return isReached ? 'reached' : 'NOT reached';
}
