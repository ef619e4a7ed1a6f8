import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { extract } from 'tar-stream';
import { expect, test } from 'vitest';
import { digestPath, isPlainUid, memberPath } from '../../src/sinks/format/member-name.ts';
import {
  paddedBytes,
  TAR_END_BYTES,
  tarHeaderBytes,
  ustarPathFits,
  writeTarHeader,
} from '../../src/sinks/format/tar-header.ts';
import type { TarMember } from '../../src/sinks/format/tar-header.ts';
import { writePlainHeader } from '../../src/sinks/format/ustar-block.ts';
import { runs } from '../support/fuzz-runs.ts';

interface Member {
  readonly path: string;
  readonly mtimeSeconds: number;
  readonly content: string;
}

const members = fc.uniqueArray(
  fc.record({
    uid: fc.string({ unit: 'binary', maxLength: 260 }),
    mtimeSeconds: fc.nat(2 ** 31),
    content: fc.base64String({ maxLength: 1_200 }),
  }),
  { selector: ({ uid }) => uid, maxLength: 8 },
);

function pack(all: readonly (Member & { uid: string })[]): Buffer {
  const parts = all.flatMap(({ uid, path, mtimeSeconds, content }) => {
    const member: TarMember = {
      ...{ path, mtimeSeconds, sizeBytes: content.length },
      fallbackPath: ustarPathFits(path) ? '' : digestPath(uid),
    };
    const header = Buffer.alloc(tarHeaderBytes(member));
    expect(writeTarHeader(member, header, 0)).toBe(header.length);
    const padded = Buffer.alloc(paddedBytes(content.length));
    padded.write(content);
    return [header, padded];
  });
  return Buffer.concat([...parts, Buffer.alloc(TAR_END_BYTES)]);
}

async function unpack(tar: Buffer): Promise<Member[]> {
  const found: Member[] = [];
  const reader = extract();
  reader.end(tar);
  for await (const entry of reader) {
    const { name, mtime } = entry.header;
    const content = await text(entry);
    found.push({ path: name, mtimeSeconds: mtime.getTime() / 1_000, content });
  }
  return found;
}

test('a tar library reads back every member under the name that its uid asks for', async () => {
  await fc.assert(
    fc.asyncProperty(members, async (all) => {
      const named = all.map((member) => ({ ...member, path: memberPath(member.uid, null) }));
      expect(await unpack(pack(named))).toEqual(
        named.map(({ path, mtimeSeconds, content }) => ({ path, mtimeSeconds, content })),
      );
    }),
    runs(100),
  );
});

const plainUids = fc.oneof(
  fc.uuid(),
  fc.string({ minLength: 1, maxLength: 95 }).filter((uid) => isPlainUid(Buffer.from(uid), 0, uid.length)),
);
const octal = fc.nat(8 ** 11 - 1);

test('the header of a plain uid is the same from its bytes as from its path', () => {
  fc.assert(
    fc.property(plainUids, octal, octal, (uid, sizeBytes, mtimeSeconds) => {
      const [fromPath, fromBytes] = [Buffer.alloc(600, 1), Buffer.alloc(600, 1)];
      const path = memberPath(uid, null);
      const end = writeTarHeader({ path, fallbackPath: '', sizeBytes, mtimeSeconds }, fromPath, 7);
      const uidBytes = Buffer.from(`before${uid}behind`);
      const place = { uidBytes, from: 6, to: 6 + uid.length };
      expect(writePlainHeader(fromBytes, 7, { ...place, sizeBytes, mtimeSeconds })).toBe(end);
      expect(fromBytes).toEqual(fromPath);
    }),
    runs(200),
  );
});
