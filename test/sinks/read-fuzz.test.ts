import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { Manifest } from '../../src/model/manifest.ts';
import type { ShardInfo } from '../../src/model/shard.ts';
import { CorruptShard } from '../../src/sinks/read/corrupt-shard.ts';
import { loadIndex } from '../../src/sinks/read/load-index.ts';
import { openShard } from '../../src/sinks/read/shard-reader.ts';
import { verifyShard } from '../../src/sinks/read/verify-shard.ts';
import { runs } from '../support/fuzz-runs.ts';
import { mutated } from '../support/mutated.ts';
import { collect, collectBytes } from './support/collect.ts';
import { putTogether, sinkOf, takeApart } from './support/forged-shard.ts';
import type { ShardParts } from './support/forged-shard.ts';
import { createWorkspace } from './support/workspace.ts';

interface Sealed {
  readonly manifest: Manifest;
  readonly info: ShardInfo;
  readonly parts: ShardParts;
  readonly bytes: Buffer;
}

let sealed: Sealed;

let remove: () => void;

beforeAll(async () => {
  sealed = await seal();
});
afterAll(() => remove());

async function seal(): Promise<Sealed> {
  const work = createWorkspace((done) => (remove = done));
  const rows = Array.from({ length: 5 }, (_, i) => work.row(`uid ${i}`, `content ${i}\n`.repeat(i * 300)));
  rows.push(work.row('empty', ''));
  const { manifest } = await work.seal(rows, { frameBytes: 8192 });
  const info = manifest.shards[0]!;
  const bytes = await work.sink.readRange(info.name, { offset: 0, length: info.bytes });
  return { manifest, info, bytes, parts: await takeApart(work.sink, info.name) };
}

/** Reads all that can be read, in every way. @returns what was wrong, of which one kind only is allowed. */
async function readAll(file: Buffer): Promise<CorruptShard | undefined> {
  const { manifest, info } = sealed;
  const sink = sinkOf(file);
  try {
    await collect(verifyShard({ sink, manifest, info, onBytes: () => undefined }));
    const reader = await openShard(sink, info.name);
    await reader.findMember('uid 3');
    await reader.findMember('');
    for await (const entry of reader.entries())
      await allowCorrupt(() => collectBytes(reader.readFile(entry)));
    await allowCorrupt(() => collectBytes(reader.readRows()));
    await loadIndex(reader);
    return undefined;
  } catch (error) {
    if (error instanceof CorruptShard) return error;
    throw error;
  }
}

async function allowCorrupt(read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof CorruptShard)) throw error;
  }
}

const oneOf = <T>(items: readonly T[], pick: number): T => items[pick % items.length]!;

const replaced = (items: readonly Buffer[], pick: number, by: Buffer): Buffer[] =>
  items.map((item, i) => (i === pick % items.length ? by : item));

/** Sizes and places that a file of some kilobytes cannot have, and some that it can. */
const numbers = fc.oneof(
  fc.nat(20_000),
  fc.constantFrom(0, 1, 2 ** 16, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1),
);

describe('a shard', () => {
  test('with one byte changed behind right checksums is told by what was changed', async () => {
    const { parts, manifest, info } = sealed;
    const reader = await openShard(sinkOf(sealed.bytes), info.name);
    const { frame, frameOffset, sizeBytes } = (await reader.findMember('uid 1'))!;
    expect(frameOffset + sizeBytes).toBeLessThan(parts.frames[frame]!.length);
    const found = async (forged: ShardParts): Promise<string[]> => {
      const problems = verifyShard({
        ...{ sink: sinkOf(putTogether(forged)), manifest, info, onBytes: () => undefined },
      });
      return (await collect(problems)).map(({ what }) => what);
    };
    const flipped = (content: Buffer, at: number): Buffer => {
      const copy = Buffer.from(content);
      copy[at]! ^= 1;
      return copy;
    };
    const inFrame = (at: number): Promise<string[]> =>
      found({ ...parts, frames: replaced(parts.frames, frame, flipped(parts.frames[frame]!, at)) });
    const mode = frameOffset - 512 + 106;
    expect(await inFrame(mode)).toContain('the header of "files/uid 1" is not what the index says');
    expect(await inFrame(frameOffset + 7)).toContain('"files/uid 1" has not the digest of the index');
    expect(await inFrame(frameOffset + sizeBytes)).toContain('padding after "files/uid 1" is not zero');
    const [page] = parts.pages;
    const count = page!.readUInt32LE(0);
    // Sorted by uid: "empty", "uid 0", "uid 1"; the columns before are times, sizes and frames.
    const place = 8 + (8 + 8 + 4) * count + 4 * 2;
    expect(page!.readUInt32LE(place)).toBe(frameOffset);
    expect(await found({ ...parts, pages: [flipped(page!, place)] })).toContain(
      'the index says another place for "files/uid 1"',
    );
  });

  test('that was taken apart and put together is read as before', async () => {
    expect(putTogether(sealed.parts)).toEqual(sealed.bytes);
    expect(await readAll(sealed.bytes)).toBeUndefined();
  });

  it('with some bytes changed is read or refused as corrupt', async () => {
    await fc.assert(
      fc.asyncProperty(mutated(fc.constant(sealed.bytes)), async (file) => {
        await readAll(file);
      }),
      runs(150),
    );
  });

  it('of random bytes is refused as corrupt', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        expect(await readAll(Buffer.from(bytes))).toBeInstanceOf(CorruptShard);
      }),
      runs(100),
    );
  });
});

describe('a forged shard, whose digests are all right,', () => {
  it('with another index page is read or refused as corrupt', async () => {
    const page = fc.tuple(fc.nat(), mutated(fc.constant(sealed.parts.pages[0]!)));
    await fc.assert(
      fc.asyncProperty(page, async ([pick, content]) => {
        await readAll(putTogether({ ...sealed.parts, pages: replaced(sealed.parts.pages, pick, content) }));
      }),
      runs(200),
    );
  });

  it('whose index points anywhere is refused as corrupt', async () => {
    const edits = fc.array(
      fc.record({
        column: fc.constantFrom('size', 'frame', 'offset', 'digest'),
        entry: fc.nat(5),
        value: numbers,
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(edits, async (all) => {
        const page = Buffer.from(sealed.parts.pages[0]!);
        for (const edit of all) pointElsewhere(page, edit);
        await readAll(putTogether({ ...sealed.parts, pages: [page] }));
      }),
      runs(150),
    );
  });

  it('with another frame is read or refused as corrupt', async () => {
    const frame = fc
      .nat()
      .chain((pick) => fc.tuple(fc.constant(pick), mutated(fc.constant(oneOf(sealed.parts.frames, pick)))));
    await fc.assert(
      fc.asyncProperty(frame, async ([pick, content]) => {
        await readAll(putTogether({ ...sealed.parts, frames: replaced(sealed.parts.frames, pick, content) }));
      }),
      runs(120),
    );
  });

  it('without some of its frames or pages, or with some twice, is read or refused as corrupt', async () => {
    const { frames, pages } = sealed.parts;
    const some = (items: readonly Buffer[]) =>
      fc.array(fc.constantFrom(...items), { maxLength: items.length + 1 });
    await fc.assert(
      fc.asyncProperty(some(frames), some(pages), async (kept, listed) => {
        await readAll(putTogether({ ...sealed.parts, frames: kept, pages: listed }));
      }),
      runs(100),
    );
  });

  it('with other metadata is read or refused as corrupt', async () => {
    const fields = JSON.parse(sealed.parts.metadataJson.toString()) as Record<string, unknown>;
    const edited = fc
      .tuple(fc.constantFrom(...Object.keys(fields)), fc.oneof(numbers, fc.maxSafeInteger(), fc.jsonValue()))
      .map(([key, value]) => Buffer.from(JSON.stringify({ ...fields, [key]: value })));
    await fc.assert(
      fc.asyncProperty(fc.oneof(edited, mutated(fc.constant(sealed.parts.metadataJson))), async (json) => {
        await readAll(putTogether({ ...sealed.parts, metadataJson: json }));
      }),
      runs(150),
    );
  });

  it('whose tables say other sizes and places is read or refused as corrupt', async () => {
    const edits = fc.record({
      at: fc.nat(12),
      compressedBytes: fc.option(numbers),
      contentBytes: fc.option(numbers),
      pageBytes: fc.option(numbers),
      pageContentBytes: fc.option(numbers),
      frameCount: fc.option(numbers),
      framesBytes: fc.option(numbers),
    });
    await fc.assert(
      fc.asyncProperty(edits, async (edit) => {
        let entry = 0;
        const file = putTogether(sealed.parts, {
          editSeek: (seek) => {
            if (entry++ !== edit.at) return seek;
            return {
              ...seek,
              compressedBytes: edit.compressedBytes ?? seek.compressedBytes,
              contentBytes: edit.contentBytes ?? seek.contentBytes,
            };
          },
          editPage: (page) => ({
            ...page,
            bytes: edit.pageBytes ?? page.bytes,
            contentBytes: edit.pageContentBytes ?? page.contentBytes,
          }),
          ...(edit.frameCount === null ? {} : { frameCount: edit.frameCount }),
          ...(edit.framesBytes === null ? {} : { framesBytes: edit.framesBytes }),
        });
        await readAll(file);
      }),
      runs(200),
    );
  });
});

/** Header, then columns of created_at, size, frame, offset, end of uid, digest. */
function pointElsewhere(page: Buffer, edit: { column: string; entry: number; value: number }): void {
  const count = page.readUInt32LE(0);
  const at = edit.entry % count;
  if (edit.column === 'size') page.writeBigUInt64LE(BigInt(edit.value), 8 + 8 * count + 8 * at);
  if (edit.column === 'frame') page.writeUInt32LE(edit.value, 8 + 16 * count + 4 * at);
  if (edit.column === 'offset') page.writeUInt32LE(edit.value, 8 + 20 * count + 4 * at);
  if (edit.column === 'digest')
    page.fill(edit.value & 0xff, 8 + 28 * count + 32 * at, 8 + 28 * count + 32 * (at + 1));
}
