import type { Events } from '../../../src/base/event-map.ts';
import { parseMicros } from '../../../src/model/micros.ts';
import type { Offset } from '../../../src/model/offset.ts';
import type { SealRequest } from '../../../src/model/seal.ts';
import type { SealName } from '../../../src/model/shard.ts';
import type { SealerOptions } from '../../../src/sinks/sealer.ts';
import type { Sink } from '../../../src/sinks/sink.ts';
import { sealRows } from './seal-rows.ts';
import type { TestRow } from './seal-rows.ts';

export const WINDOW_START = parseMicros('2026-11-23T05:00:00Z')!;
const WINDOW_END = parseMicros('2026-11-23T06:00:00Z')!;

export type SealOverrides = Partial<Omit<SealRequest, 'name' | 'rows'>> &
  Partial<Omit<SealerOptions, 'sink' | 'events'>> & { name?: Partial<SealName>; signal?: AbortSignal };

export function sealerDefaults(place: { sink: Sink; root: string; events: Events }): SealerOptions {
  return {
    sink: place.sink,
    events: place.events,
    payload: 'file',
    roots: [place.root],
    bytesMax: 256 * 1024 * 1024,
    filesMax: 100_000,
    level: 3,
    workers: 1,
    toolVersion: '0.0.0-test',
  };
}

export function request(rows: readonly TestRow[], overrides: SealOverrides = {}): SealRequest {
  return {
    rows: sealRows(rows),
    duplicates: overrides.duplicates ?? 0,
    offsets:
      overrides.offsets === undefined
        ? { first: overrides.name?.firstOffset ?? (100 as Offset), last: 999 as Offset }
        : overrides.offsets,
    firstPart: overrides.firstPart ?? 1,
    dropCommitted: overrides.dropCommitted ?? false,
    name: {
      table: 'public.files',
      window: { start: WINDOW_START, end: WINDOW_END },
      partition: 0,
      partitionCount: 2,
      kind: 'window',
      firstOffset: null,
      ...overrides.name,
    },
  };
}
