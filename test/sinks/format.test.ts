import { describe, expect, test } from 'vitest';
import { extract } from 'tar-stream';
import fc from 'fast-check';
import { decodeDirectory, encodeDirectory } from '../../src/sinks/format/directory.ts';
import { planFrames } from '../../src/sinks/format/frame-plan.ts';
import { decodePage, encodePages } from '../../src/sinks/format/index-page.ts';
import { uidAt } from '../../src/sinks/format/index-columns.ts';
import { indexOrder } from '../../src/sinks/format/index-order.ts';
import type { IndexColumns } from '../../src/sinks/format/index-columns.ts';
import { memberPath } from '../../src/sinks/format/member-name.ts';
import { decodeSeekTable, encodeSeekTable } from '../../src/sinks/format/seek-table.ts';
import { tarHeaderBytes, writeTarHeader } from '../../src/sinks/format/tar-header.ts';
import { uidFromBytes, uidToBytes } from '../../src/sinks/format/uid-bytes.ts';

const SEED = Number(process.env['TIDEMARK_SEED'] ?? Date.now() % 2 ** 31);
const property = { seed: SEED };

describe(`with seed ${SEED}`, () => {
  test('every uid comes back from its bytes, and different uids have different paths', () => {
    const uid = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(uid, uid, (a, b) => {
        expect(uidFromBytes(uidToBytes(a))).toBe(a);
        if (a !== b) expect(memberPath(a, null)).not.toBe(memberPath(b, null));
      }),
      property,
    );
    expect(uidFromBytes(uidToBytes('a\ud800b\udfff'))).toBe('a\ud800b\udfff');
  });

  test('the frames of a plan hold every byte once, in order, and none overflows', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 60 }).map((blocks) => blocks * 512));
    fc.assert(
      fc.property(lengths, (members) => {
        const frames = [...planFrames(members, 8192)];
        const total = members.reduce((sum, bytes) => sum + bytes, 0);
        expect(frames.reduce((sum, frame) => sum + frame.bytes, 0)).toBe(total);
        for (const frame of frames) expect(frame.bytes).toBeLessThanOrEqual(8192);
        const cut = frames.filter((frame) => frame.pieceFrom > 0);
        for (const frame of cut) expect(members[frame.firstMember]).toBeGreaterThan(8192);
      }),
      property,
    );
  });

  test('index pages hold every entry, sorted by uid bytes', () => {
    const uids = fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { minLength: 1, maxLength: 700 });
    fc.assert(
      fc.property(uids, (all) => {
        const columns = columnsOf(all);
        const found: string[] = [];
        for (const page of encodePages(columns, indexOrder(columns))) {
          expect(page.length).toBeLessThanOrEqual(65_536);
          const decoded = decodePage(page)!;
          for (let i = 0; i < decoded.count; i++) found.push(uidFromBytes(uidAt(decoded, i)));
        }
        expect(found).toEqual([...all].sort((a, b) => uidToBytes(a).compare(uidToBytes(b))));
      }),
      { ...property, numRuns: 30 },
    );
  });

  test('decoders answer any bytes with a value or with undefined', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        decodePage(Buffer.from(bytes));
        decodeDirectory(Buffer.from(bytes));
        decodeSeekTable(Buffer.from(bytes));
      }),
      property,
    );
  });
});

test('a directory and a seek table come back as they were', () => {
  const page = {
    offset: 5e9,
    bytes: 70,
    contentBytes: 200,
    sha256: Buffer.alloc(32, 7),
    firstUid: Buffer.from('u'),
  };
  const directory = { metadataJson: Buffer.from('{}'), pages: [page], frameCount: 3, framesBytes: 5e9 };
  const decoded = decodeDirectory(encodeDirectory(directory))!;
  expect({ ...decoded, pages: [decoded.pages.at(0)] }).toEqual(directory);
  expect(decoded.pages).toHaveLength(1);
  const entries = [{ compressedBytes: 9, contentBytes: 4, checksum: 0xdeadbeef }];
  const table = decodeSeekTable(encodeSeekTable(entries))!;
  expect(table.count).toBe(1);
  expect(table.at(0)).toEqual(entries[0]);
});

test('a header for a size past 8 GiB - 1 and a time before 1970 is read by a tar library', async () => {
  const member = {
    ...{ path: 'files/ünï', fallbackPath: 'files/x' },
    sizeBytes: 8 * 1024 ** 3,
    mtimeSeconds: -5,
  };
  const header = Buffer.alloc(tarHeaderBytes(member));
  expect(writeTarHeader(member, header, 0)).toBe(header.length);
  const read = await new Promise<{ name: string; size?: number | undefined; mtime?: Date | undefined }>(
    (resolve) => {
      const reader = extract();
      reader.on('entry', (entry) => resolve(entry));
      reader.write(header);
    },
  );
  expect(read).toMatchObject({ name: member.path, size: member.sizeBytes });
  expect(header.toString('latin1')).toContain('mtime=-5\n');
});

function columnsOf(uids: readonly string[]): IndexColumns {
  let end = 0;
  const bytes = uids.map(uidToBytes);
  return {
    count: uids.length,
    createdAt: Float64Array.from(uids, (_, i) => i - 3),
    frame: new Uint32Array(uids.length),
    frameOffset: new Uint32Array(uids.length),
    sizeBytes: new Float64Array(uids.length),
    sha256: Buffer.alloc(32 * uids.length),
    uidBytes: Buffer.concat(bytes),
    uidEnds: Uint32Array.from(bytes, (uid) => (end += uid.length)),
  };
}
