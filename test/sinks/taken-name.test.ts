import { appendFileSync, copyFileSync, readFileSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Offset } from '../../src/model/offset.ts';
import type { SealResult } from '../../src/model/seal.ts';
import { extractShards } from '../../src/sinks/extract/extract-shards.ts';
import { verifyShards } from '../../src/sinks/read/verify-shards.ts';
import { collect } from './support/collect.ts';
import { createWorkspace } from './support/workspace.ts';
import type { Workspace } from './support/workspace.ts';

/** A sealed window of two shards whose manifest was never written, as a killed process leaves it. */
async function unfinished(work: Workspace) {
  const rows = ['one', 'two', 'three', 'four'].map((uid) => work.row(uid, `content of ${uid}`));
  const { manifest, manifestName } = await work.seal(rows, { filesMax: 2 });
  unlinkSync(join(work.archive, manifestName));
  return { rows, manifest, first: join(work.archive, manifest.shards[0]!.name) };
}

function names({ manifest }: SealResult): string[] {
  return manifest.shards.map(({ name }) => name);
}

function passedOver(work: Workspace): { name: string; reason: string }[] {
  const files: { name: string; reason: string }[] = [];
  work.events.on('shard:passed-over', ({ name, reason }) => files.push({ name, reason }));
  return files;
}

async function problems(work: Workspace): Promise<string[]> {
  const all = await collect(verifyShards({ sink: work.sink }));
  return all.map(({ severity, name, what }) => `${severity} ${name}: ${what}`);
}

describe('a shard that no manifest names', () => {
  test('is taken over when it is whole, though its sources are gone since', async () => {
    const work = createWorkspace();
    const { rows, manifest } = await unfinished(work);
    for (const row of rows) unlinkSync(row.fileLocation!);
    const again = await work.seal(rows, { filesMax: 2 });
    expect(again.manifest).toEqual(manifest);
    expect(await problems(work)).toEqual([]);
  });

  const TEARS: Record<string, (path: string) => void> = {
    'is empty': (path) => truncateSync(path),
    'ends in the middle': (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2)),
    'is zeros from the middle on': (path) => {
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill(0, bytes.length >> 1));
    },
    'goes on behind its end': (path) => appendFileSync(path, 'more'),
  };
  for (const [name, tear] of Object.entries(TEARS))
    test(`stays where it is when it ${name}; the seal goes on under another name`, async () => {
      const work = createWorkspace();
      const { rows, manifest, first } = await unfinished(work);
      tear(first);
      const torn = readFileSync(first);
      const seen = passedOver(work);
      const again = await work.seal(rows, { filesMax: 2 });
      const [own, second] = manifest.shards.map((shard) => shard.name);
      expect(names(again)).toEqual([own!.replace('.tar.zst', '-again-1.tar.zst'), second]);
      expect(again.manifest.shards.map(({ sha256 }) => sha256)).toEqual(
        manifest.shards.map(({ sha256 }) => sha256),
      );
      expect(readFileSync(first)).toEqual(torn);
      expect(seen).toMatchObject([{ name: own }]);
      expect(await problems(work)).toEqual([
        `warning ${own}: no manifest names this shard: it does not count`,
      ]);
      const to = join(work.folder, 'extracted');
      expect(await extractShards({ sink: work.sink, folder: to })).toMatchObject({ shards: 2, files: 4 });
    });

  test('and is torn is passed over again and again, and a whole one among them is taken over', async () => {
    const work = createWorkspace();
    const { rows, first } = await unfinished(work);
    const whole = readFileSync(first);
    writeFileSync(first, 'torn');
    writeFileSync(first.replace('.tar.zst', '-again-1.tar.zst'), 'torn too');
    writeFileSync(first.replace('.tar.zst', '-again-2.tar.zst'), whole);
    const again = await work.seal(rows, { filesMax: 2 });
    expect(names(again)[0]).toContain('-0001-again-2.tar.zst');
    expect(again.manifest.ledger.archived).toBe(4);
  });

  test('stays, and is not counted, when other files of the seal were bad at that time', async () => {
    const work = createWorkspace();
    const rows = ['one', 'two', 'three'].map((uid) => work.row(uid, `content of ${uid}`));
    const content = readFileSync(rows[1]!.fileLocation!);
    unlinkSync(rows[1]!.fileLocation!);
    const before = await work.seal(rows);
    expect(before.manifest.ledger).toMatchObject({ archived: 2, rejected: 1 });
    unlinkSync(join(work.archive, before.manifestName));
    writeFileSync(rows[1]!.fileLocation!, content);
    const seen = passedOver(work);
    const again = await work.seal(rows);
    expect(again.manifest.ledger).toMatchObject({ archived: 3, rejected: 0 });
    expect(names(again)[0]).toContain('-again-1');
    expect(seen).toHaveLength(1);
    expect(await problems(work)).toHaveLength(1);
  });

  test('and has the same bad files as now is found to be the same', async () => {
    const work = createWorkspace();
    const rows = ['one', 'two', 'three'].map((uid) => work.row(uid, `content of ${uid}`));
    unlinkSync(rows[1]!.fileLocation!);
    const { manifest, manifestName } = await work.seal(rows);
    unlinkSync(join(work.archive, manifestName));
    expect((await work.seal(rows)).manifest).toEqual(manifest);
    expect(await problems(work)).toEqual([]);
  });

  test("is a conflict, with what to do, when it holds another archive's rows", async () => {
    const work = createWorkspace();
    const { rows, first } = await unfinished(work);
    const bytes = readFileSync(first);
    const others = rows.map((row) => ({ ...row, uid: `other ${row.uid}` }));
    const seal = work.seal(others, { filesMax: 2 });
    await expect(seal).rejects.toMatchObject({
      code: 'ERR_SHARD_CONFLICT',
      remedy: expect.stringContaining(`mv ${first} ${first}.aside`) as string,
    });
    expect(readFileSync(first)).toEqual(bytes);
  });

  test('is a conflict when it is a copy of another shard', async () => {
    const work = createWorkspace();
    const { rows, manifest, first } = await unfinished(work);
    copyFileSync(join(work.archive, manifest.shards[1]!.name), first);
    await expect(work.seal(rows, { filesMax: 2 })).rejects.toMatchObject({ code: 'ERR_SHARD_CONFLICT' });
  });
});

describe('a shard that another manifest names', () => {
  test('is never passed over, not even when it is torn', async () => {
    const work = createWorkspace();
    const rows = ['one', 'two'].map((uid) => work.row(uid, `content of ${uid}`));
    const early = { kind: 'early', firstOffset: 7 as Offset } as const;
    const { manifest } = await work.seal(rows, { name: early });
    const path = join(work.archive, manifest.shards[0]!.name);
    for (const bytes of [readFileSync(path), Buffer.from('torn')]) {
      writeFileSync(path, bytes);
      await expect(work.seal(rows)).rejects.toMatchObject({
        code: 'ERR_SHARD_CONFLICT',
        detail: expect.stringContaining('-early-7.manifest.json names it') as string,
      });
      expect(readFileSync(path)).toEqual(bytes);
    }
  });
});
