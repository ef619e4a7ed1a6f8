import { randomBytes } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openShard } from '../../src/sinks/read/shard-reader.ts';
import { loadIndex } from '../../src/sinks/read/load-index.ts';
import { listManifests } from '../../src/sinks/read/manifests.ts';
import { verifyShards } from '../../src/sinks/read/verify-shards.ts';
import type { VerifyProgress } from '../../src/sinks/read/verify-shards.ts';
import { collect, collectBytes } from './support/collect.ts';
import { createWorkspace } from './support/workspace.ts';

async function smallShard() {
  const work = createWorkspace();
  const rows = Array.from({ length: 4 }, (_, i) => work.row(`u${i}`, `content ${i}\n`.repeat(i * 40)));
  const { manifest, manifestName } = await work.seal(rows, { frameBytes: 8192 });
  const name = manifest.shards[0]!.name;
  const path = join(work.archive, name);
  return { work, name, path, bytes: readFileSync(path), manifestName };
}

describe('verify', () => {
  test(
    'notices every single flipped byte and names a range that holds it',
    { timeout: 240_000 },
    async () => {
      const { work, name, path, bytes } = await smallShard();
      for (let at = 0; at < bytes.length; at++) {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= 1 << (at % 8);
        writeFileSync(path, flipped);
        const problems = await collect(verifyShards({ sink: work.sink }));
        const ranges = problems.flatMap((problem) =>
          problem.severity === 'error' && problem.range ? [problem.range] : [],
        );
        // The first problem says more than "somewhere in this file".
        expect(ranges.length, `byte ${at}`).toBeGreaterThan(1);
        expect(
          ranges.some(({ from, to }) => from <= at && at < to && to - from < bytes.length),
          `byte ${at}`,
        ).toBe(true);
        expect(problems.every((problem) => problem.name === name)).toBe(true);
      }
    },
  );

  test('and every reader end with an error at any truncation', { timeout: 240_000 }, async () => {
    const { work, name, path, bytes } = await smallShard();
    for (let length = bytes.length - 1; length >= 0; length--) {
      truncateSync(path, length);
      await expect(openShard(work.sink, name), `length ${length}`).rejects.toMatchObject({
        code: 'ERR_SHARD_CORRUPT',
      });
    }
    const problems = await collect(verifyShards({ sink: work.sink }));
    expect(problems.map((problem) => problem.what)).toContainEqual(
      expect.stringContaining('the file has 0 bytes'),
    );
  });

  test('readers never hand out a file of a damaged shard as good', { timeout: 240_000 }, async () => {
    const { work, name, path, bytes } = await smallShard();
    const good = new Map<string, string>();
    const reader = await openShard(work.sink, name);
    for await (const entry of reader.entries())
      good.set(entry.uid, (await collectBytes(reader.readFile(entry))).toString('hex'));
    for (let at = 0; at < bytes.length; at += 3) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 0xff;
      writeFileSync(path, flipped);
      await readAll(async () => {
        const damaged = await openShard(work.sink, name);
        await loadIndex(damaged);
        for await (const entry of damaged.entries())
          expect((await collectBytes(damaged.readFile(entry))).toString('hex')).toBe(good.get(entry.uid));
      });
    }
  });

  test('warns of a shard that no manifest names, and calls a manifest without its shard an error', async () => {
    const { work, name, path, bytes, manifestName } = await smallShard();
    const stray = path.replace('-0001.', '-0002.');
    writeFileSync(stray, bytes);
    const problems = await collect(verifyShards({ sink: work.sink }));
    expect(problems).toMatchObject([{ severity: 'warning', name: name.replace('-0001.', '-0002.') }]);
    truncateSync(join(work.archive, manifestName), 100);
    const broken = await collect(verifyShards({ sink: work.sink }));
    expect(broken).toContainEqual(expect.objectContaining({ severity: 'error', name: manifestName }));
    await expect(collect(listManifests(work.sink))).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
  });

  test('finds the same with threads, in the same order', async () => {
    const work = createWorkspace();
    const rows = Array.from({ length: 9 }, (_, i) => work.row(`u${i}`, `content ${i}`));
    const { manifest } = await work.seal(rows, { filesMax: 1 });
    for (const [i, { name }] of manifest.shards.entries()) {
      const path = join(work.archive, name);
      if (i % 4 === 0) writeFileSync(path, readFileSync(path).fill(1, 30 + i, 40));
    }
    const alone: VerifyProgress[] = [];
    const threads: VerifyProgress[] = [];
    const { sink } = work;
    const expected = await collect(verifyShards({ sink, onProgress: (done) => alone.push(done) }));
    const workers = { count: 2, sink: {} };
    const found = await collect(verifyShards({ sink, workers, onProgress: (done) => threads.push(done) }));
    expect(found).toEqual(expected);
    expect(new Set(found.map(({ name }) => name)).size).toBe(3);
    expect(threads.at(-1)).toEqual(alone.at(-1));
  });

  test('reads a shard of several pieces into the same memory, each while the one before is worked on', async () => {
    const work = createWorkspace();
    const rows = Array.from({ length: 200 }, (_, i) => work.row(`u${i}`, randomBytes(100_000)));
    const { manifest } = await work.seal(rows, {});
    const { name, bytes } = manifest.shards[0]!;
    expect(bytes).toBeGreaterThan(16 * 1024 ** 2);
    expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
    const path = join(work.archive, name);
    writeFileSync(path, readFileSync(path).fill(0, bytes - 2_000_000, bytes - 1_999_990));
    const problems = await collect(verifyShards({ sink: work.sink }));
    expect(problems).toContainEqual(
      expect.objectContaining({ what: expect.stringMatching(/frame \d+ is damaged/) as string }),
    );
  });

  test('notices that a part between others is missing', async () => {
    const work = createWorkspace();
    await work.seal([work.row('a', 'x')], { firstPart: 2 });
    const problems = await collect(verifyShards({ sink: work.sink }));
    expect(problems).toMatchObject([{ severity: 'error', what: 'its parts are 2: part 1 is missing' }]);
  });

  test('of one name looks at that shard only and says when nothing names it', async () => {
    const { work, name } = await smallShard();
    expect(await collect(verifyShards({ sink: work.sink, names: [name] }))).toEqual([]);
    const problems = await collect(verifyShards({ sink: work.sink, names: ['public.files/none.tar.zst'] }));
    expect(problems).toMatchObject([{ severity: 'error', name: 'public.files/none.tar.zst' }]);
  });
});

/** Damage may be refused, and with one error only. */
async function readAll(read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
  }
}
