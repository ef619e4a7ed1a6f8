import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Events } from '../../../src/base/event-map.ts';
import type { Offset } from '../../../src/model/offset.ts';
import type { SealRequest, SealResult } from '../../../src/model/seal.ts';
import type { SealName } from '../../../src/model/shard.ts';
import { parseMicros } from '../../../src/model/micros.ts';
import { openSink } from '../../../src/sinks/open-sink.ts';
import { createSealer } from '../../../src/sinks/sealer.ts';
import type { SealerOptions } from '../../../src/sinks/sealer.ts';
import type { Sink } from '../../../src/sinks/sink.ts';
import { sealRows } from './seal-rows.ts';
import type { TestRow } from './seal-rows.ts';

export const WINDOW_START = parseMicros('2026-11-23T05:00:00Z')!;
export const WINDOW_END = parseMicros('2026-11-23T06:00:00Z')!;

/** A folder of sources and a folder of shards, gone after the test. */
export interface Workspace {
  readonly folder: string;
  readonly root: string;
  readonly archive: string;
  readonly sink: Sink;
  readonly events: Events;
  /** Writes a source file and returns the row that names it. */
  row(uid: string, content: string | Buffer, place?: Partial<TestRow> & { name?: string }): TestRow;
  /** Seals with threads that end with the test. */
  seal(rows: readonly TestRow[], options?: SealOverrides): Promise<SealResult>;
}

export type SealOverrides = Partial<Omit<SealRequest, 'name' | 'rows'>> &
  Partial<Omit<SealerOptions, 'sink' | 'events'>> & { name?: Partial<SealName>; signal?: AbortSignal };

export function createWorkspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-sinks-'));
  const root = join(folder, 'source');
  const archive = join(folder, 'archive');
  mkdirSync(root);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const sink = openSink(`file://${archive}`);
  const events = new Events();
  let files = 0;
  return {
    folder,
    root,
    archive,
    sink,
    events,
    row: (uid, content, place = {}) => {
      const path = join(root, place.name ?? `f${files}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return {
        uid,
        createdAt: WINDOW_START + 1_000_000 + files++,
        fileLocation: path,
        sizeBytes: Buffer.byteLength(content),
        ...place,
      };
    },
    seal: async (rows, overrides = {}) => {
      const sealer = createSealer({ ...sealerDefaults({ sink, root, events }), ...overrides });
      try {
        return await sealer.seal(request(rows, overrides), overrides.signal ?? new AbortController().signal);
      } finally {
        await sealer.close();
      }
    },
  };
}

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
