import { formatMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { floorToWindow, nextWindowEnd } from '../../model/window.ts';
import type { WindowState, WindowStrip } from './console-state.ts';

export interface WindowStripOptions {
  readonly sizeMicros: number;
  readonly lagMicros: number;
  readonly holdMicros: number;
  readonly now: Micros;
  /** Of the table; null while nothing is known. */
  readonly watermark: Micros | null;
  readonly partitionWatermarks: readonly (Micros | null)[];
  /** Rows archived by window end, of the windows that were seen sealed. */
  readonly sealedRows: ReadonlyMap<Micros, number>;
  /** Rows gathered by window end in this process; null where it does not archive. */
  readonly gatheredRows: ReadonlyMap<Micros, number> | null;
}

const SEALED_DRAWN = 12;
/** Two lines on a telephone, one on a screen. */
const OPEN_DRAWN = 24;

/** The windows around the watermark, however many there are. Pure. */
export function computeWindowStrip(options: WindowStripOptions): WindowStrip {
  const { watermark, sizeMicros, now, sealedRows } = options;
  if (watermark === null) return { drawn: [], later: 0 };
  const drawn: WindowState[] = [];
  const lastSealed = floorToWindow(watermark, sizeMicros);
  for (let back = SEALED_DRAWN - 1; back >= 0; back--) {
    const end = (lastSealed - back * sizeMicros) as Micros;
    const rows = sealedRows.get(end);
    if (rows !== undefined) drawn.push(describe(options, { end, state: 'sealed', rows }));
  }
  const newest = newestEnd(options);
  let end = nextWindowEnd(watermark, sizeMicros);
  for (let count = 0; count < OPEN_DRAWN && end <= newest; count++) {
    drawn.push(describe(options, { end, state: stateOf(options, end), rows: gathered(options, end) }));
    end = (end + sizeMicros) as Micros;
  }
  const later = end > newest ? 0 : Math.floor((floorToWindow(now, sizeMicros) - end) / sizeMicros) + 2;
  return { drawn, later };
}

/** The window of this moment is the last one. */
function newestEnd({ now, sizeMicros }: WindowStripOptions): Micros {
  return nextWindowEnd(now, sizeMicros);
}

function stateOf({ now, lagMicros, holdMicros, sizeMicros }: WindowStripOptions, end: Micros) {
  if (end <= floorToWindow((now - lagMicros) as Micros, sizeMicros)) return 'overdue';
  return end - sizeMicros < now - holdMicros ? 'gathering' : 'waiting';
}

/** A window that this process has not seen a row of holds none here; other processes may hold some. */
function gathered({ gatheredRows }: WindowStripOptions, end: Micros): number | null {
  return gatheredRows === null ? null : (gatheredRows.get(end) ?? 0);
}

function describe(
  { partitionWatermarks }: WindowStripOptions,
  window: { readonly end: Micros; readonly state: WindowState['state']; readonly rows: number | null },
): WindowState {
  const sealedPartitions = partitionWatermarks.filter((mark) => mark !== null && mark >= window.end).length;
  return { ...window, end: formatMicros(window.end), sealedPartitions };
}
