import {
  appendFileSync,
  openSync,
  closeSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import type { RejectReason } from '../../src/model/row.ts';
import { createSealer } from '../../src/sinks/sealer.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { verifyShards } from '../../src/sinks/read/verify-shards.ts';
import { collect } from './support/collect.ts';
import { request, sealerDefaults } from './support/seal-request.ts';
import { createWorkspace } from './support/workspace.ts';

const FRAME_BYTES = 8_192;
/** Many more tasks than may be under way at once, so that most of the file is unread at the first write. */
const LARGE_BYTES = 16 * 1024 * 1024;

/** A thread that has it open at that moment sees `file_changed`; one that opens it afterwards the other reason. */
const CHANGES: Record<string, { reason: RejectReason; change: (path: string) => void }> = {
  grows: { reason: 'file_size_differs', change: (path) => appendFileSync(path, 'more') },
  shrinks: { reason: 'file_size_differs', change: (path) => truncateSync(path, LARGE_BYTES - 1) },
  vanishes: { reason: 'file_missing', change: (path) => unlinkSync(path) },
  'is replaced by another of its size': {
    reason: 'file_changed',
    change: (path) => {
      writeFileSync(`${path}.new`, Buffer.alloc(LARGE_BYTES, 'b'));
      renameSync(`${path}.new`, path);
    },
  },
  'is written again in its place': {
    reason: 'file_changed',
    change: (path) => {
      const fd = openSync(path, 'r+');
      writeSync(fd, 'b', LARGE_BYTES - 1);
      closeSync(fd);
    },
  },
};

for (const [name, { reason, change }] of Object.entries(CHANGES))
  test(`a file that ${name} while its seal runs is rejected, and its neighbours are archived`, async () => {
    const work = createWorkspace();
    const rows = [
      work.row('before', 'one'),
      work.row('large', Buffer.alloc(LARGE_BYTES, 'a')),
      work.row('after', 'two'),
    ];
    const sink = onFirstWrite(work.sink, () => change(rows[1]!.fileLocation!));
    const sealer = createSealer({
      ...sealerDefaults({ ...work, sink }),
      frameBytes: FRAME_BYTES,
      workers: 2,
    });
    try {
      const { manifest } = await sealer.seal(request(rows), new AbortController().signal);
      expect(manifest.rejects.map((reject) => reject.uid)).toEqual(['large']);
      expect([reason, 'file_changed']).toContain(manifest.rejects[0]!.reason);
      expect(manifest.ledger).toEqual({ received: 3, archived: 2, duplicates: 0, rejected: 1 });
      expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
    } finally {
      await sealer.close();
    }
  });

/** The sink, which tells when the first bytes of a shard reach it: by then the packing is under way. */
function onFirstWrite(sink: Sink, happen: () => void): Sink {
  let happened = false;
  return new Proxy(sink, {
    get(target, key) {
      if (key !== 'createFile') return (target[key as keyof Sink] as () => unknown).bind(target);
      return async (shard: string) => {
        const file = await target.createFile(shard);
        return {
          write: async (bytes: Uint8Array) => {
            if (!happened) happen();
            happened = true;
            await file.write(bytes);
          },
          finish: () => file.finish(),
          abort: () => file.abort(),
        };
      };
    },
  });
}
