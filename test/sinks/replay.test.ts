import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Offset } from '../../src/model/offset.ts';
import type { SealName } from '../../src/model/shard.ts';
import type { SealResult } from '../../src/model/seal.ts';
import { Replayer } from '../../src/sinks/replay/replayer.ts';
import type { ReplayedSeal, ReplayRequest } from '../../src/sinks/replay/replayer.ts';
import { sealRows } from './support/seal-rows.ts';
import type { TestRow } from './support/seal-rows.ts';
import { createWorkspace } from './support/workspace.ts';
import type { Workspace } from './support/workspace.ts';

const LATE: Partial<SealName> = { kind: 'late', firstOffset: 500 as Offset };

function replay(
  work: Workspace,
  sealed: SealResult,
  rows: readonly TestRow[],
  changes: Partial<ReplayRequest> = {},
): Promise<ReplayedSeal> {
  const replayer = new Replayer({ sink: work.sink, roots: [work.root], workers: 1, frameBytes: 8_192 });
  onTestFinished(() => replayer.close());
  return replayer.replay({
    seal: { name: sealed.manifestName, manifest: sealed.manifest },
    others: [],
    rows: sealRows(rows),
    source: 'log',
    restore: false,
    signal: new AbortController().signal,
    ...changes,
  });
}

function pathOf(work: Workspace, sealed: SealResult, shard = 0): string {
  return join(work.archive, sealed.manifest.shards[shard]!.name);
}

function filesOf(work: Workspace): string[] {
  return (readdirSync(work.archive, { recursive: true }) as string[]).sort();
}

describe('a replayed seal', () => {
  test('has the digests of its manifest, shard by shard, under other limits, and writes nothing', async () => {
    const work = createWorkspace();
    const rows = Array.from({ length: 10 }, (_, i) => work.row(`u${i}`, `content ${i}`));
    const sealed = await work.seal(rows, { filesMax: 4, level: 5, frameBytes: 16_384 });
    const before = filesOf(work);
    const { rows: input, shards } = await replay(work, sealed, rows);
    expect(input).toBe('same');
    expect(shards.map(({ rebuilt, stored }) => [rebuilt, stored])).toEqual(
      Array.from({ length: 3 }, () => ['same', 'intact']),
    );
    expect(shards.map(({ sha256 }) => sha256)).toEqual(sealed.manifest.shards.map(({ sha256 }) => sha256));
    expect(filesOf(work)).toEqual(before);
  });

  test('leaves out what was rejected then, although its file is there now', async () => {
    const work = createWorkspace();
    const good = work.row('good', 'content');
    const missing = { ...work.row('missing', 'content'), fileLocation: join(work.root, 'later') };
    const sealed = await work.seal([good, missing]);
    writeFileSync(join(work.root, 'later'), 'content');
    const { rows, shards } = await replay(work, sealed, [good, missing]);
    expect([rows, shards[0]!.rebuilt]).toEqual(['same', 'same']);
  });

  test('leaves out of a supplement what the window holds', async () => {
    const work = createWorkspace();
    const rows = Array.from({ length: 4 }, (_, i) => work.row(`u${i}`, `content ${i}`));
    const window = await work.seal(rows.slice(0, 2));
    const late = await work.seal(rows, { name: LATE, dropCommitted: true });
    const { rows: input, shards } = await replay(work, late, rows, { others: [window.manifest] });
    expect([input, shards[0]!.rebuilt]).toEqual(['same', 'same']);
  });

  test('finds its rows where an archive began within a window and late rows stand between them', async () => {
    const work = createWorkspace();
    const rows = Array.from({ length: 4 }, (_, i) => work.row(`u${i}`, `content ${i}`));
    const late = await work.seal(rows.slice(0, 2), { name: LATE, dropCommitted: true });
    const window = await work.seal(rows.slice(2));
    const { rows: input, shards } = await replay(work, window, rows, { others: [late.manifest] });
    expect([input, shards[0]!.rebuilt]).toEqual(['same', 'same']);
  });

  test('is different when rows are missing, and impossible when a source file is gone', async () => {
    const work = createWorkspace();
    const rows = Array.from({ length: 3 }, (_, i) => work.row(`u${i}`, `content ${i}`));
    const sealed = await work.seal(rows);
    const fewer = await replay(work, sealed, rows.slice(1));
    expect(fewer).toMatchObject({ rows: 'different', shards: [{ rebuilt: 'impossible', stored: 'intact' }] });
    rmSync(rows[1]!.fileLocation!);
    const gone = await replay(work, sealed, rows);
    expect(gone).toMatchObject({ rows: 'same', shards: [{ rebuilt: 'impossible' }] });
    expect(gone.shards[0]!.detail).toContain('file_missing');
  });

  test('says how the shard on the sink is, and puts a missing or damaged one back with its own bytes', async () => {
    const work = createWorkspace();
    const rows = Array.from({ length: 4 }, (_, i) => work.row(`u${i}`, `content ${i}`));
    const sealed = await work.seal(rows, { filesMax: 2 });
    const whole = sealed.manifest.shards.map((_, i) => readFileSync(pathOf(work, sealed, i)));
    rmSync(pathOf(work, sealed, 0));
    const torn = Buffer.from(whole[1]!);
    torn[40] = torn[40]! ^ 1;
    writeFileSync(pathOf(work, sealed, 1), torn);
    const looked = await replay(work, sealed, rows);
    expect(looked.shards).toMatchObject([
      { rebuilt: 'same', stored: 'missing', isRestored: false },
      { rebuilt: 'same', stored: 'damaged', isRestored: false },
    ]);
    const restored = await replay(work, sealed, rows, { restore: true });
    expect(restored.shards.map(({ isRestored }) => isRestored)).toEqual([true, true]);
    whole.forEach((bytes, i) => expect(readFileSync(pathOf(work, sealed, i)).equals(bytes)).toBe(true));
    const aside = filesOf(work).filter((name) => name.includes('.damaged-'));
    expect(aside).toHaveLength(1);
    expect(readFileSync(join(work.archive, aside[0]!)).equals(torn)).toBe(true);
  });

  test('does not restore what comes out with other bytes, and leaves the damaged shard where it is', async () => {
    const work = createWorkspace();
    const rows = [work.row('a', 'content')];
    const sealed = await work.seal(rows);
    writeFileSync(pathOf(work, sealed), 'torn');
    writeFileSync(rows[0]!.fileLocation!, 'CONTENT');
    const { shards } = await replay(work, sealed, rows, { restore: true });
    expect(shards).toMatchObject([{ rebuilt: 'different', stored: 'damaged', isRestored: false }]);
    expect(readFileSync(pathOf(work, sealed), 'utf8')).toBe('torn');
    expect(filesOf(work).filter((name) => name.startsWith('.tidemark-tmp/'))).toEqual([]);
  });

  test('is told apart from the other seals of its window when the rows come from the table', async () => {
    const work = createWorkspace();
    const rows = Array.from({ length: 6 }, (_, i) => work.row(`u${i}`, `content ${i}`));
    const window = await work.seal([rows[0]!, rows[2]!, rows[4]!]);
    const late = await work.seal([rows[1]!, rows[3]!], { name: LATE, dropCommitted: true });
    const fromTable = { source: 'table', others: [late.manifest] } as const;
    // The sixth row is in the table and in no seal: it changes nothing.
    expect(await replay(work, window, rows, fromTable)).toMatchObject({
      rows: 'same',
      shards: [{ rebuilt: 'same' }],
    });
    const others = [window.manifest];
    rmSync(pathOf(work, late));
    const one = await replay(work, late, rows.slice(0, 5), { ...fromTable, others, restore: true });
    expect(one).toMatchObject({ rows: 'same', shards: [{ rebuilt: 'same', isRestored: true }] });
    rmSync(pathOf(work, late));
    rmSync(pathOf(work, window));
    const both = await replay(work, late, rows, { ...fromTable, others });
    expect(both).toMatchObject({ rows: 'unknown', shards: [{ rebuilt: 'impossible', stored: 'missing' }] });
  });

  test('of another zstd is not compared', async () => {
    const work = createWorkspace();
    const rows = [work.row('a', 'content')];
    const sealed = await work.seal(rows);
    const tool = { ...sealed.manifest.tool, zstd: '1.4.0' };
    const elder = { ...sealed, manifest: { ...sealed.manifest, tool } };
    const { shards } = await replay(work, elder, rows);
    expect(shards[0]!.detail).toContain('zstd 1.4.0');
  });
});
