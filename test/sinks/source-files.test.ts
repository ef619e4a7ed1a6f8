import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RejectReason } from '../../src/model/row.ts';
import {
  closeSource,
  isSourceProblem,
  isUnchanged,
  openCompared,
  openSource,
} from '../../src/sinks/pack/source-file.ts';
import { FileListWriter } from '../../src/sinks/pack/file-list.ts';
import { asBuffer, createFrameMemory } from '../../src/sinks/pack/frame-memory.ts';
import { packFrame } from '../../src/sinks/pack/pack-frame.ts';
import { FrameCompressor } from '../../src/sinks/zstd.ts';
import { getFile } from '../../src/sinks/read/get-file.ts';
import { verifyShards } from '../../src/sinks/read/verify-shards.ts';
import { collect } from './support/collect.ts';
import type { TestRow } from './support/seal-rows.ts';
import { createWorkspace } from './support/workspace.ts';
import type { Workspace } from './support/workspace.ts';
import type { Micros } from '../../src/model/micros.ts';

/** Each makes a row whose file cannot be archived. */
const BAD: Record<string, { reason: RejectReason; make: (work: Workspace) => Partial<TestRow> }> = {
  'that is missing': { reason: 'file_missing', make: (w) => ({ fileLocation: join(w.root, 'gone') }) },
  'below a file': {
    reason: 'file_missing',
    make: (w) => ({ fileLocation: `${w.row('y', 'y').fileLocation}/x` }),
  },
  'without a location': { reason: 'file_location_missing', make: () => ({ fileLocation: null }) },
  'of another size': { reason: 'file_size_differs', make: () => ({ sizeBytes: 3 }) },
  'larger than its row says': { reason: 'file_size_differs', make: () => ({ sizeBytes: 100_000 }) },
  'of a negative size': { reason: 'file_size_differs', make: () => ({ sizeBytes: -1 }) },
  'outside the roots': {
    reason: 'file_outside_roots',
    make: () => ({ fileLocation: '/etc/passwd', sizeBytes: null }),
  },
  'outside through ..': {
    reason: 'file_outside_roots',
    make: (w) => ({ fileLocation: `${w.root}/../outside`, sizeBytes: outside(w) }),
  },
  'in a folder that only begins like a root': {
    reason: 'file_outside_roots',
    make: (w) => {
      mkdirSync(`${w.root}2`);
      writeFileSync(`${w.root}2/x`, 'x');
      return { fileLocation: `${w.root}2/x`, sizeBytes: 1 };
    },
  },
  'that is a link out of the roots': {
    reason: 'file_outside_roots',
    make: (w) => {
      const sizeBytes = outside(w);
      symlinkSync(join(w.folder, 'outside'), join(w.root, 'link'));
      return { fileLocation: join(w.root, 'link'), sizeBytes };
    },
  },
  'behind a linked folder out of the roots': {
    reason: 'file_outside_roots',
    make: (w) => {
      const sizeBytes = outside(w);
      symlinkSync(w.folder, join(w.root, 'up'));
      return { fileLocation: join(w.root, 'up', 'outside'), sizeBytes };
    },
  },
  'that is a circle of links': {
    reason: 'file_unreadable',
    make: (w) => {
      symlinkSync('circle', join(w.root, 'circle'));
      return { fileLocation: join(w.root, 'circle') };
    },
  },
  'that is a folder': {
    reason: 'file_not_regular',
    make: (w) => {
      mkdirSync(join(w.root, 'folder'));
      return { fileLocation: join(w.root, 'folder'), sizeBytes: null };
    },
  },
  'that is a FIFO': {
    reason: 'file_not_regular',
    make: (w) => {
      execFileSync('mkfifo', [join(w.root, 'fifo')]);
      return { fileLocation: join(w.root, 'fifo'), sizeBytes: 0 };
    },
  },
  'that is a relative path out of the root': {
    reason: 'file_outside_roots',
    make: (w) => ({ fileLocation: '../outside', sizeBytes: outside(w) }),
  },
};

function outside(work: Workspace): number {
  writeFileSync(join(work.folder, 'outside'), 'secret');
  return 6;
}

describe('a row with a file', () => {
  for (const [name, { reason, make }] of Object.entries(BAD))
    test(`${name} is rejected as ${reason}, and its neighbours are archived`, async () => {
      const work = createWorkspace();
      const before = work.row('before', 'one');
      const bad = { ...work.row('bad', 'what it was'), ...make(work) };
      const after = work.row('after', 'two');
      const { manifest } = await work.seal([before, bad, after]);
      expect(manifest.rejects.map((reject) => [reject.uid, reject.reason])).toEqual([['bad', reason]]);
      expect(manifest.ledger).toEqual({ received: 3, archived: 2, duplicates: 0, rejected: 1 });
      expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
    });

  test('that is a device is rejected, without being opened where its size must be asked', async () => {
    const work = createWorkspace();
    const row = { ...work.row('zero', ''), fileLocation: '/dev/zero', sizeBytes: null };
    const { manifest } = await work.seal([row], { roots: ['/dev'] });
    expect(manifest.rejects).toMatchObject([{ reason: 'file_not_regular' }]);
  });

  test('that a link inside the roots names is archived', async () => {
    const work = createWorkspace();
    const row = work.row('a', 'content');
    symlinkSync(row.fileLocation!, join(work.root, 'link'));
    const { manifest } = await work.seal([{ ...row, fileLocation: join(work.root, 'link') }]);
    expect(manifest.ledger.archived).toBe(1);
  });

  test('at a relative place is archived when there is one root, and rejected when there are two', async () => {
    const work = createWorkspace();
    const row = { ...work.row('a', 'content', { name: 'here' }), fileLocation: 'here' };
    expect((await work.seal([row])).manifest.ledger.archived).toBe(1);
    const two = await work.seal([row], { roots: [work.root, work.folder], name: { partition: 1 } });
    expect(two.manifest.rejects).toMatchObject([{ reason: 'file_outside_roots' }]);
  });

  test('is measured when its row gives no size', async () => {
    const work = createWorkspace();
    const rows = [{ ...work.row('a', 'content'), sizeBytes: null }, work.row('b', 'x')];
    expect((await work.seal(rows)).manifest.ledger.archived).toBe(2);
  });

  test('of more than 4 GiB is archived piece by piece in bounded memory', { timeout: 240_000 }, async () => {
    const work = createWorkspace();
    const row = work.row('sparse', '');
    const sizeBytes = 4 * 1024 ** 3 + 12_345;
    const fd = openSync(row.fileLocation!, 'r+');
    ftruncateSync(fd, sizeBytes);
    writeSync(fd, Buffer.from('the end'), 0, 7, sizeBytes - 7);
    closeSync(fd);
    const before = process.resourceUsage().maxRSS;
    await work.seal([{ ...row, sizeBytes }], { workers: 2 });
    // The high-water mark, in KiB: no sample can miss it.
    expect((process.resourceUsage().maxRSS - before) * 1024).toBeLessThan(300e6);
    const found = await getFile({ sink: work.sink, uid: 'sparse', createdAt: row.createdAt as Micros });
    let bytes = 0;
    let tail = Buffer.alloc(0);
    for await (const chunk of found.content) {
      bytes += chunk.length;
      tail = Buffer.concat([tail, chunk.subarray(-7)]).subarray(-7);
    }
    expect(bytes).toBe(sizeBytes);
    expect(tail.toString()).toBe('the end');
  });
});

describe('a file that changes between its opening and the end of its reading', () => {
  const changes: Record<string, (path: string) => void> = {
    grows: (path) => appendFileSync(path, 'more'),
    shrinks: (path) => truncateSync(path, 2),
    'is written again in its length': (path) => writeFileSync(path, 'CONTENT', { flag: 'r+' }),
  };
  for (const [name, change] of Object.entries(changes))
    test(`is noticed when it ${name}`, () => {
      const work = createWorkspace();
      const path = work.row('a', 'content').fileLocation!;
      const file = openSource(path, [work.root]);
      if (isSourceProblem(file)) throw new Error(file.reason);
      change(path);
      expect(isUnchanged(file)).toBe(false);
      closeSource(file);
    });

  test('is noticed when another file is put in its place', () => {
    const work = createWorkspace();
    const path = work.row('a', 'content').fileLocation!;
    const file = openSource(path, [work.root]);
    if (isSourceProblem(file)) throw new Error(file.reason);
    writeFileSync(`${path}.new`, 'content');
    renameSync(`${path}.new`, path);
    expect(isUnchanged(file)).toBe(false);
    closeSource(file);
  });

  test('is noticed when it vanishes', () => {
    const work = createWorkspace();
    const path = work.row('a', 'content').fileLocation!;
    const file = openSource(path, [work.root]);
    if (isSourceProblem(file)) throw new Error(file.reason);
    unlinkSync(path);
    expect(isUnchanged(file)).toBe(false);
    closeSource(file);
  });

  test('is a changed file when its size was measured a moment before', () => {
    const work = createWorkspace();
    const location = work.row('a', 'content').fileLocation!;
    const file = {
      location,
      path: 'files/a',
      fallbackPath: '',
      sizeBytes: 5,
      mtimeSeconds: 0,
      sizeFromRow: false,
    };
    const memory = createFrameMemory(8192);
    const list = new FileListWriter(asBuffer(memory));
    list.add(file);
    const result = packFrame(
      {
        ...{ kind: 'frame', bytes: 1024, memory, headBytes: 0 },
        ...{ fileList: { bytes: list.finish().length }, fileCount: 1 },
      },
      {
        roots: [work.root],
        buffer: Buffer.alloc(8192),
        compressor: new FrameCompressor({ level: 3, frameBytesMax: 8192 }),
      },
    );
    expect(result.problems).toMatchObject([{ file: 0, reason: 'file_changed' }]);
    expect(result.frames).toEqual([]);
  });
});

describe('opening by comparison, as on systems without /proc', () => {
  test('opens a file below a root and refuses a link out of it and a FIFO', () => {
    const work = createWorkspace();
    const good = openCompared(work.row('a', 'content').fileLocation!, [work.root]);
    if (isSourceProblem(good)) throw new Error(good.reason);
    closeSource(good);
    outside(work);
    symlinkSync(join(work.folder, 'outside'), join(work.root, 'link'));
    expect(openCompared(join(work.root, 'link'), [work.root])).toMatchObject({
      reason: 'file_outside_roots',
    });
    execFileSync('mkfifo', [join(work.root, 'fifo')]);
    expect(openCompared(join(work.root, 'fifo'), [work.root])).toMatchObject({ reason: 'file_not_regular' });
  });
});

test('a refusal of the file system to read is a reject, and nothing else is lost by it', async () => {
  const work = createWorkspace();
  const row = work.row('a', 'content');
  chmodSync(row.fileLocation!, 0);
  // The superuser may read it all the same; both ways the ledger balances.
  const { ledger } = (await work.seal([row])).manifest;
  expect(ledger.archived + ledger.rejected).toBe(1);
});
