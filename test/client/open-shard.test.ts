import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openShard } from '../../src/client.ts';
import type { OpenShard } from '../../src/client.ts';
import { putTogether, takeApart } from '../sinks/support/forged-shard.ts';
import { lineOf } from '../sinks/support/seal-rows.ts';
import { createWorkspace } from '../sinks/support/workspace.ts';
import type { Workspace } from '../sinks/support/workspace.ts';

const FRAME_BYTES = 8_192;

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function filesOf(shard: OpenShard): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const file of shard.files()) found[file.uid] = await textOf(file.content());
  return found;
}

/** Small files that share frames, one that goes over several, and an empty one. */
function samples(work: Workspace) {
  const contents = {
    a: 'x'.repeat(100),
    b: 'y'.repeat(3 * FRAME_BYTES),
    c: '',
    d: 'z'.repeat(200),
    e: 'last',
  };
  const rows = Object.entries(contents).map(([uid, content]) => work.row(uid, content));
  return { contents, rows };
}

describe('an opened shard', () => {
  it('has rows and files in their order, read piece by piece, and some may be left unread', async () => {
    const work = createWorkspace();
    const { contents, rows } = samples(work);
    const { manifest } = await work.seal(rows, { frameBytes: FRAME_BYTES });
    const shard = await openShard(`file://${work.archive}`, manifest.shards[0]!);
    expect(shard).toMatchObject({ payload: 'file', rowCount: 5, fileCount: 5, table: manifest.table });
    const lines: string[] = [];
    for await (const { json } of shard.rows()) lines.push(json);
    expect(lines).toEqual(rows.map(lineOf));
    expect(await filesOf(shard)).toEqual(contents);
    const sizes: number[] = [];
    let last = '';
    for await (const file of shard.files()) {
      sizes.push(file.sizeBytes);
      if (file.uid === 'd') last = await textOf(file.content());
    }
    expect([sizes, last]).toEqual([[100, 3 * FRAME_BYTES, 0, 200, 4], contents.d]);
    await shard.verify();
  });

  it('of rows alone has no files', async () => {
    const work = createWorkspace();
    const rows = samples(work).rows.map((row) => ({ ...row, fileLocation: null, sizeBytes: null }));
    const { manifest } = await work.seal(rows, { payload: 'row' });
    const shard = await openShard(work.sink, manifest.shards[0]!);
    const uids: string[] = [];
    for await (const { uid } of shard.rows()) uids.push(uid);
    expect([uids, await filesOf(shard)]).toEqual([['a', 'b', 'c', 'd', 'e'], {}]);
  });

  it('gives a file whose bytes were changed behind right checksums, and says at its end that they are void', async () => {
    const work = createWorkspace();
    const { manifest } = await work.seal(samples(work).rows, { frameBytes: FRAME_BYTES });
    const { name, sha256 } = manifest.shards[0]!;
    const parts = await takeApart(work.sink, name);
    const frames = parts.frames.map((frame) => {
      const at = frame.indexOf('x'.repeat(100));
      return at < 0
        ? frame
        : Buffer.concat([frame.subarray(0, at), Buffer.from('!'), frame.subarray(at + 1)]);
    });
    const forged = putTogether({ ...parts, frames });
    writeFileSync(join(work.archive, name), forged);
    const shard = await openShard(work.sink, { name, bytes: forged.length, sha256 });
    await expect(filesOf(shard)).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
  });

  it('that is not what was announced is told so, whether a byte was changed or all of it', async () => {
    const work = createWorkspace();
    const { manifest } = await work.seal(samples(work).rows, { frameBytes: FRAME_BYTES });
    const announced = manifest.shards[0]!;
    const another = await openShard(work.sink, { ...announced, sha256: '0'.repeat(64) });
    await expect(another.verify()).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
    const path = join(work.archive, announced.name);
    const bytes = readFileSync(path);
    bytes[20]! ^= 0xff;
    writeFileSync(path, bytes);
    const damaged = await openShard(work.sink, announced);
    const readAll = async (): Promise<void> => {
      for await (const { uid } of damaged.rows()) expect(uid).not.toBe('');
    };
    await expect(readAll()).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
    await expect(damaged.verify()).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
    const short = { ...announced, bytes: announced.bytes + 1 };
    await expect(openShard(work.sink, short)).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
    await expect(openShard(work.sink, { ...announced, name: 'none.tar.zst' })).rejects.toMatchObject({
      code: 'ERR_SHARD_CORRUPT',
    });
  });
});
