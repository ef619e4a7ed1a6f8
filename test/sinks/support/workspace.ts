import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Events } from '../../../src/base/event-map.ts';
import type { SealResult } from '../../../src/model/seal.ts';
import { openSink } from '../../../src/sinks/open-sink.ts';
import { createSealer } from '../../../src/sinks/sealer.ts';
import type { Sink } from '../../../src/sinks/sink.ts';
import { WINDOW_START, request, sealerDefaults } from './seal-request.ts';
import type { SealOverrides } from './seal-request.ts';
import type { TestRow } from './seal-rows.ts';

/** A folder of sources and a folder of shards. */
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

/** @param onEnd is given what removes it: after the test, or for what several tests share after all of them. */
export function createWorkspace(onEnd: (remove: () => void) => void = onTestFinished): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-sinks-'));
  const root = join(folder, 'source');
  const archive = join(folder, 'archive');
  mkdirSync(root);
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
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
