import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FileListWriter } from '../../src/sinks/pack/file-list.ts';
import { asBuffer, createFrameMemory } from '../../src/sinks/pack/frame-memory.ts';
import { packFrame } from '../../src/sinks/pack/pack-frame.ts';
import type { PackResult } from '../../src/sinks/pack/pack-task.ts';
import { FrameCompressor } from '../../src/sinks/zstd.ts';
import { createWorkspace } from './support/workspace.ts';

/** Calls go through to the system; a test may let something happen around one of them. */
vi.mock('node:fs', { spy: true });

const original = await vi.importActual<typeof fs>('node:fs');

const EXT4 = 0xef53;
const NFS = 0x6969;

const FRAME_BYTES = 64 * 1024;
const HALF = 2_000;
const OLD = `${'a'.repeat(HALF)}${'b'.repeat(HALF)}`;
const NEW = `${'c'.repeat(HALF)}${'d'.repeat(HALF)}`;

beforeEach(() => {
  vi.restoreAllMocks();
  vi.resetAllMocks();
  sayFileSystem(EXT4);
});

/** Whatever the temporary folder lies on. */
function sayFileSystem(type: number): void {
  const status = { type, bsize: 4_096, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 };
  vi.mocked(fs.statfsSync).mockReturnValue(status);
}

/** Three files of one folder: the second and third are reached through it. */
function createFiles(content = OLD) {
  const work = createWorkspace();
  const paths = ['first', 'second', 'third'].map((name) => work.row(name, content, { name }).fileLocation!);
  const changedMs = Math.max(...paths.map((path) => fs.statSync(path).ctimeMs));
  return { work, paths, second: paths[1]!, changedMs };
}

function pack(root: string, paths: readonly string[], sizeBytes = OLD.length): PackResult {
  const memory = createFrameMemory(FRAME_BYTES);
  const list = new FileListWriter(asBuffer(memory));
  for (const [i, location] of paths.entries())
    list.add({
      ...{ location, path: `files/${i}`, fallbackPath: '', sizeBytes, mtimeSeconds: 0, sizeFromRow: true },
    });
  return packFrame(
    {
      ...{ kind: 'frame', bytes: paths.length * (512 + Math.ceil(sizeBytes / 512) * 512), memory },
      ...{ headBytes: 0, fileList: { bytes: list.finish().length }, fileCount: paths.length },
    },
    {
      roots: [root],
      buffer: Buffer.alloc(FRAME_BYTES + 512),
      compressor: new FrameCompressor({ level: 3, frameBytesMax: FRAME_BYTES }),
    },
  );
}

function digestsOf({ digests }: PackResult): string[] {
  return Array.from({ length: digests.length / 32 }, (_, i) =>
    Buffer.from(digests.subarray(32 * i, 32 * (i + 1))).toString('hex'),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Stops the clock so long after a change. */
function stopClock(changedMs: number, afterMs = 2_001) {
  vi.spyOn(performance, 'now').mockReturnValue(0);
  return vi.spyOn(Date, 'now').mockReturnValue(changedMs + afterMs);
}

/** The first time that the file is read, this happens between its first half and its second one. */
function whileReading(path: string, happen: () => void): void {
  const { ino } = fs.statSync(path);
  let happened = false;
  vi.mocked(fs.readSync).mockImplementation(((
    fd: number,
    buffer: Buffer,
    at: number,
    length: number,
    position: number,
  ) => {
    if (happened || fs.fstatSync(fd).ino !== ino) return original.readSync(fd, buffer, at, length, position);
    happened = true;
    const half = original.readSync(fd, buffer, at, HALF, position);
    happen();
    return half + original.readSync(fd, buffer, at + half, length - half, position + half);
  }) as typeof fs.readSync);
}

/** Writes until the kernel's coarse clock has moved on, as it will have in two seconds. */
function overwrite(path: string, changedMs: number): void {
  do {
    const fd = fs.openSync(path, 'r+');
    fs.writeSync(fd, NEW);
    fs.closeSync(fd);
  } while (fs.statSync(path).ctimeMs < changedMs + 1);
}

function looksAt(path: string): number {
  const { ino } = fs.statSync(path);
  return vi
    .mocked(fs.fstatSync)
    .mock.results.filter(({ value }) => (value as fs.Stats | undefined)?.ino === ino).length;
}

describe('a file in a folder of several', () => {
  test('is looked at once when nothing has touched it for two seconds', () => {
    const { work, paths, second, changedMs } = createFiles();
    stopClock(changedMs);
    expect(digestsOf(pack(work.root, paths))).toEqual(paths.map(() => sha256(OLD)));
    expect(looksAt(second)).toBe(1);
  });

  test('is looked at before and after when it has just been written', () => {
    const { work, paths, second } = createFiles();
    expect(digestsOf(pack(work.root, paths))).toEqual(paths.map(() => sha256(OLD)));
    // Once after the first reading, which did not count.
    expect(looksAt(second)).toBe(3);
  });

  test('is looked at before and after where a server sets the times of files', () => {
    const { work, paths, second, changedMs } = createFiles();
    stopClock(changedMs);
    sayFileSystem(NFS);
    expect(digestsOf(pack(work.root, paths))).toEqual(paths.map(() => sha256(OLD)));
    expect(looksAt(second)).toBe(2);
  });

  test('is looked at before and after when it is a mount of another file system', () => {
    const { work, paths, second, changedMs } = createFiles();
    stopClock(changedMs);
    vi.mocked(fs.fstatSync).mockImplementation((fd: number) => {
      const status = original.fstatSync(fd);
      if (status.isFile()) status.dev++;
      return status;
    });
    expect(digestsOf(pack(work.root, paths))).toEqual(paths.map(() => sha256(OLD)));
    expect(looksAt(second)).toBe(3);
  });

  const touches: Record<string, (path: string, changedMs: number) => void> = {
    'is written again': overwrite,
    'is written again and given its old times': (path, changedMs) => {
      const { atimeMs, mtimeMs } = fs.statSync(path);
      overwrite(path, changedMs);
      fs.utimesSync(path, atimeMs / 1e3, mtimeMs / 1e3);
    },
  };
  for (const [name, touch] of Object.entries(touches))
    test(`that ${name} while it is read is never packed half old and half new`, () => {
      const { work, paths, second, changedMs } = createFiles();
      stopClock(changedMs);
      whileReading(second, () => touch(second, changedMs));
      expect(digestsOf(pack(work.root, paths))).toEqual([OLD, NEW, OLD].map(sha256));
    });

  test('that is written while the clock is set back is never packed half old and half new', () => {
    const { work, paths, second, changedMs } = createFiles();
    const clock = stopClock(changedMs, 3_600_000);
    whileReading(second, () => {
      overwrite(second, changedMs);
      clock.mockRestore();
    });
    expect(digestsOf(pack(work.root, paths))).toEqual([OLD, NEW, OLD].map(sha256));
  });

  test('that grows while it is read is refused', () => {
    const { work, paths, second, changedMs } = createFiles();
    stopClock(changedMs);
    whileReading(second, () => fs.appendFileSync(second, 'more'));
    expect(pack(work.root, paths).problems).toMatchObject([{ file: 1, reason: 'file_size_differs' }]);
  });

  test('that is moved out of the roots with its folder is read no more', () => {
    const { work, paths, second, changedMs } = createFiles();
    stopClock(changedMs);
    whileReading(second, () => fs.renameSync(work.root, join(work.folder, 'elsewhere')));
    const reasons = pack(work.root, paths).problems.map(({ reason }) => reason);
    expect(reasons).toEqual(['file_missing', 'file_missing', 'file_missing']);
  });

  test('that is a FIFO is refused, and keeps what is in it', () => {
    const { work, paths } = createFiles('12345678');
    const fifo = join(work.root, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const fd = fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    try {
      fs.writeSync(fd, '12345678');
      stopClock(fs.statSync(fifo).ctimeMs);
      const { problems } = pack(work.root, [...paths, fifo], 8);
      expect(problems).toMatchObject([{ file: 3 }]);
      const left = Buffer.alloc(9);
      expect(left.toString('latin1', 0, fs.readSync(fd, left, 0, 9, null))).toBe('12345678');
    } finally {
      fs.closeSync(fd);
    }
  });
});
