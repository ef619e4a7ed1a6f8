import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Micros } from '../../src/model/micros.ts';
import { extractShards } from '../../src/sinks/extract/extract-shards.ts';
import type { ExtractProgress } from '../../src/sinks/extract/extract-progress.ts';
import { cutMembers } from '../../src/sinks/extract/plan-pieces.ts';
import type { Selection } from '../../src/sinks/extract/selection.ts';
import { WantedUids } from '../../src/sinks/extract/wanted-uids.ts';
import type { WantedUid } from '../../src/sinks/extract/wanted-uids.ts';
import { openShard } from '../../src/sinks/read/shard-reader.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import { runs } from '../support/fuzz-runs.ts';
import { countingSink } from './support/counting-sink.ts';
import { putTogether, takeApart } from './support/forged-shard.ts';
import { lineOf } from './support/seal-rows.ts';
import type { TestRow } from './support/seal-rows.ts';
import { createWorkspace } from './support/workspace.ts';
import type { Workspace } from './support/workspace.ts';

const FRAME_BYTES = 8192;

interface Archive {
  readonly work: Workspace;
  readonly rows: readonly TestRow[];
  readonly names: readonly string[];
}

let shared: Archive;
let removeShared: () => void;
let outputs = 0;

beforeAll(async () => {
  shared = await makeArchive((remove) => (removeShared = remove));
});
afterAll(() => removeShared());

/** The archive that all tests read, with a folder of the test's own. */
function archive(): Archive {
  const folder = join(shared.work.folder, `test-${outputs++}`);
  mkdirSync(folder);
  return { ...shared, work: { ...shared.work, folder } };
}

/** A hundred files over several frames, one of them larger than a frame, in two shards. */
async function makeArchive(onEnd?: (remove: () => void) => void): Promise<Archive> {
  const work = createWorkspace(onEnd);
  const rows = Array.from({ length: 100 }, (_, i) => work.row(`uid-${i}`, `content of ${i}\n`.repeat(i * 3)));
  rows.push(work.row('large', Buffer.from('0123456789'.repeat(5_000)), { name: 'deep/large.PDF' }));
  rows.push({ ...rows[7]!, createdAt: rows[7]!.createdAt + 5_000_000 });
  const { manifest } = await work.seal(rows, { frameBytes: FRAME_BYTES, filesMax: 60 });
  return { work, rows, names: manifest.shards.map(({ name }) => name) };
}

/** Path below the folder → content, of everything in it. */
function filesIn(folder: string): Map<string, string> {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const paths = names.filter((name) => statSync(join(folder, name)).isFile()).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path), 'latin1')]));
}

/** Names below `files/`, without their shards. */
const namesIn = (folder: string): string[] =>
  [...filesIn(folder).keys()].map((path) => path.split('/files/')[1] ?? path.split('/').at(-1)!).sort();

const at = (row: TestRow): Micros => row.createdAt as Micros;

const wanted = (...uids: (string | WantedUid)[]): Selection => ({
  uids: new WantedUids(uids.map((uid) => (typeof uid === 'string' ? { uid, createdAt: null } : uid))),
});

describe('everything', () => {
  test('comes as tar unpacks it, from one thread and from several', async () => {
    const { work, rows, names } = archive();
    const { sink } = work;
    const peer = join(work.folder, 'tar');
    for (const name of names) {
      const to = join(peer, name.replace('.tar.zst', ''));
      mkdirSync(to, { recursive: true });
      execFileSync('tar', ['--zstd', '-xf', join(work.archive, name), '-C', to]);
    }
    const seen: ExtractProgress[] = [];
    const alone = await extractShards({
      ...{ sink, folder: join(work.folder, 'alone'), onProgress: (progress) => seen.push(progress) },
    });
    expect(filesIn(join(work.folder, 'alone'))).toEqual(filesIn(peer));
    expect(alone).toMatchObject({
      shards: 2,
      files: rows.length,
      passedOver: 0,
      notFound: [],
      isFinished: true,
    });
    expect(seen.at(-1)).toMatchObject({ shards: 2, total: { shards: 2, files: rows.length } });
    const workers = { count: 2, sink: {} };
    const threads = await extractShards({ sink, folder: join(work.folder, 'threads'), workers });
    expect(threads).toEqual(alone);
    expect(filesIn(join(work.folder, 'threads'))).toEqual(filesIn(peer));
  });

  test('is not overwritten, and what a thread refuses is told as it is', async () => {
    const { work, names } = archive();
    const folder = join(work.folder, 'out');
    const taken = join(folder, names[1]!.replace('.tar.zst', ''), 'files/uid-70');
    mkdirSync(join(taken, '..'), { recursive: true });
    writeFileSync(taken, 'mine');
    const workers = { count: 1, sink: {} };
    await expect(extractShards({ sink: work.sink, folder, workers })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      detail: `${taken} is there already; nothing was overwritten`,
    });
    expect(readFileSync(taken, 'utf8')).toBe('mine');
    expect([...filesIn(folder).keys()].filter((path) => path.includes('%part-'))).toEqual([]);
  });

  test('goes on after it was ended: whole files are passed over unread, half ones are made again', async () => {
    const { work, rows, names } = archive();
    const folder = join(work.folder, 'out');
    await extractShards({ sink: work.sink, folder });
    const whole = filesIn(folder);
    const shard = join(folder, names[0]!.replace('.tar.zst', ''));
    rmSync(join(shard, 'files/uid-31'));
    writeFileSync(join(shard, 'files/%part-1-0-0'), 'half');
    const counting = countingSink(work.sink);
    const again = await extractShards({ sink: counting.sink, folder, resume: true });
    expect(again).toMatchObject({ files: rows.length, passedOver: rows.length + 2 - 1 });
    expect(filesIn(folder)).toEqual(whole);
    const { layout } = await openShard(work.sink, names[0]!);
    const ofFrames = counting.reads.filter(({ call, bytes }) => call === 'readRange' && bytes < FRAME_BYTES);
    // Tails, pages and manifests aside, the one frame of the one file that was missing.
    const frames = Array.from(
      { length: layout.frames.length },
      (_, i) => layout.frames.at(i)!.compressedBytes,
    );
    expect(ofFrames.filter(({ name, bytes }) => name === names[0] && frames.includes(bytes))).toHaveLength(1);
    writeFileSync(join(shard, 'files/uid-31'), 'other bytes');
    await expect(extractShards({ sink: work.sink, folder, resume: true })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      detail: expect.stringContaining('is there with other bytes') as string,
    });
  });

  test('goes on in the folder of a shard that was not finished, and only when it is told to', async () => {
    const { work, rows, names } = archive();
    const { sink } = work;
    const [whole, folder] = [join(work.folder, 'whole'), join(work.folder, 'out')];
    await extractShards({ sink, folder: whole });
    const name = names[0]!.replace('.tar.zst', '');
    const part = join(folder, `${name}.tidemark-part`);
    cpSync(join(whole, name), part, { recursive: true });
    writeFileSync(join(part, 'files/uid-31'), 'half');
    rmSync(join(part, 'files/uid-32'));
    await expect(extractShards({ sink, folder })).rejects.toMatchObject({
      ...{ code: 'ERR_USAGE', remedy: 'Go on with it by --resume, or remove it.' },
    });
    const again = await extractShards({ sink, folder, resume: true });
    // Of the first shard 60 files and its rows were there, but for two.
    expect(again).toMatchObject({ files: rows.length, passedOver: 60 + 1 - 2 });
    expect(filesIn(folder)).toEqual(filesIn(whole));
  });

  test('is ended by a signal behind what is under way', async () => {
    const { work } = archive();
    const abort = new AbortController();
    const { isFinished, shards } = await extractShards({
      ...{ sink: work.sink, folder: join(work.folder, 'out'), signal: abort.signal },
      onProgress: () => abort.abort(),
    });
    expect({ isFinished, shards }).toEqual({ isFinished: false, shards: 1 });
  });
});

test('a file that has not its digest never gets its name', async () => {
  const { work, names } = await makeArchive();
  const parts = await takeApart(work.sink, names[0]!);
  const page = Buffer.from(parts.pages[0]!);
  // The last digest of the page: of uid-9, the greatest of its uids.
  const count = page.readUInt32LE(0);
  page[8 + 28 * count + 32 * (count - 1)]! ^= 1;
  writeFileSync(join(work.archive, names[0]!), putTogether({ ...parts, pages: [page] }));
  const folder = join(work.folder, 'out');
  const { size } = statSync(join(work.archive, names[0]!));
  const manifest = join(work.archive, names[0]!.replace('-0001.tar.zst', '.manifest.json'));
  const text = readFileSync(manifest, 'utf8');
  const { shards } = JSON.parse(text) as { shards: { bytes: number }[] };
  writeFileSync(manifest, text.replace(`"bytes": ${shards[0]!.bytes}`, `"bytes": ${size}`));
  await expect(extractShards({ sink: work.sink, folder })).rejects.toMatchObject({
    code: 'ERR_SHARD_CORRUPT',
    detail: expect.stringContaining('"files/uid-9" has not the digest of the index') as string,
  });
  const left = [...filesIn(folder).keys()];
  expect(left.filter((path) => path.endsWith('/uid-9'))).toEqual([]);
  expect(left.filter((path) => path.includes('.tidemark-part/')).length).toBeGreaterThan(5);
  expect(left.filter((path) => !path.includes('.tidemark-part/'))).toEqual([]);
});

describe('a selection', () => {
  test('by uid reads only the pages and frames that hold it, and says what it did not find', async () => {
    const { work, rows, names } = archive();
    const { sink, reads } = countingSink(work.sink);
    const selection = wanted('uid-80', { uid: 'uid-3', createdAt: at(rows[3]!) }, 'nobody', {
      ...{ uid: 'uid-3', createdAt: at(rows[4]!) },
    });
    const folder = join(work.folder, 'out');
    const result = await extractShards({ sink, folder, selection });
    expect(namesIn(folder)).toEqual(['uid-3', 'uid-80']);
    expect(result).toMatchObject({ shards: 2, files: 2 });
    expect(result.notFound).toEqual([
      { uid: 'uid-3', createdAt: rows[4]!.createdAt },
      { uid: 'nobody', createdAt: null },
    ]);
    // Tail, page and frame of each shard.
    for (const name of names)
      expect(reads.filter((read) => read.call === 'readRange' && read.name === name)).toHaveLength(3);
  });

  test('by uid and time opens no shard of another time, and none once all is found', async () => {
    const { work, rows, names } = archive();
    const { sink, reads } = countingSink(work.sink);
    const selection = wanted({ uid: 'uid-3', createdAt: at(rows[3]!) });
    await extractShards({ sink, folder: join(work.folder, 'out'), selection });
    expect(new Set(reads.map(({ name }) => name).filter((name) => names.includes(name)))).toEqual(
      new Set([names[0]]),
    );
  });

  test('takes every row of a uid that came again, under its own name each', async () => {
    const work = createWorkspace();
    const row = work.row('a', 'first');
    const later = { ...work.row('a', 'second'), createdAt: row.createdAt + 9 };
    await work.seal([row, later]);
    const folder = join(work.folder, 'out');
    await extractShards({ sink: work.sink, folder, selection: wanted('a') });
    expect(namesIn(folder)).toEqual(['a', `a%@${later.createdAt}`]);
    const one = join(work.folder, 'one');
    await extractShards({
      ...{ sink: work.sink, folder: one, selection: wanted({ uid: 'a', createdAt: at(later) }) },
    });
    expect([...filesIn(one).values()]).toEqual(['second']);
  });

  test('of more uids than the shard has rows finds the same', async () => {
    const { work } = archive();
    const many = Array.from({ length: 400 }, (_, i) => `uid-${i + 95}`);
    const folder = join(work.folder, 'out');
    const { notFound } = await extractShards({ sink: work.sink, folder, selection: wanted(...many) });
    expect(namesIn(folder)).toEqual(['uid-95', 'uid-96', 'uid-97', 'uid-98', 'uid-99']);
    expect(notFound).toHaveLength(395);
  });

  test('by time takes rows after the one and up to the other', async () => {
    const { work, rows } = archive();
    const folder = join(work.folder, 'out');
    const selection = { createdFrom: at(rows[58]!), createdTo: at(rows[62]!) };
    await extractShards({ sink: work.sink, folder, selection });
    expect(namesIn(folder)).toEqual(['uid-59', 'uid-60', 'uid-61', 'uid-62']);
  });

  test('by name looks at the path in the shard and at the column of the row', async () => {
    const { work, rows } = archive();
    const [byPath, byColumn, none] = ['path', 'column', 'none'].map((name) => join(work.folder, name));
    const sink = ['--sink', work.sink.url, '--jobs', '1'];
    expect(await runInProcess(['extract', ...sink, '-o', byPath!, '--name', 'files/uid-9?'])).toMatchObject({
      status: 0,
    });
    expect(namesIn(byPath!)).toEqual(Array.from({ length: 10 }, (_, i) => `uid-9${i}`));
    await runInProcess(['extract', ...sink, '-o', byColumn!, '--name', '*.PDF']);
    expect([...filesIn(byColumn!).values()]).toEqual([readFileSync(rows[100]!.fileLocation!, 'latin1')]);
    const other = ['--name', '*.PDF', '--name-column', 'uid'];
    expect((await runInProcess(['extract', ...sink, '-o', none!, ...other])).out).toMatch(
      /^extracted 0 shards/,
    );
  });

  test('of a shard of rows is the lines that are chosen', async () => {
    const work = createWorkspace();
    const rows = Array.from({ length: 300 }, (_, i) => work.row(`uid-${i}`, 'x'));
    await work.seal(rows, { payload: 'row', frameBytes: FRAME_BYTES });
    const folder = join(work.folder, 'out');
    const selection = wanted('uid-250', 'uid-3');
    const chosen = `${lineOf(rows[3]!)}\n${lineOf(rows[250]!)}\n`;
    await extractShards({ sink: work.sink, folder, selection });
    expect([...filesIn(folder).values()]).toEqual([chosen]);
    await extractShards({ sink: work.sink, folder, selection: wanted('uid-250', 'uid-3'), resume: true });
    expect([...filesIn(folder).values()]).toEqual([chosen]);
    const more = extractShards({ sink: work.sink, folder, selection: wanted('uid-4'), resume: true });
    await expect(more).rejects.toMatchObject({ code: 'ERR_USAGE' });
    const all = join(work.folder, 'all');
    await extractShards({ sink: work.sink, folder: all });
    expect([...filesIn(all).values()]).toEqual([rows.map((row) => `${lineOf(row)}\n`).join('')]);
  });
});

test('tidemark extract takes a list of uids as text and as JSON, and ends with 1 when one is missing', async () => {
  const { work, rows } = archive();
  const list = join(work.folder, 'uids');
  writeFileSync(list, `uid-1\n\n${lineOf(rows[2]!)}\n{"uid": "uid-3"}\r\nnobody\n`);
  const args = ['extract', '--sink', work.sink.url, '--jobs', '1', '--uids', list];
  const { status, out } = await runInProcess([...args, '-o', join(work.folder, 'out')]);
  expect(namesIn(join(work.folder, 'out'))).toEqual(['uid-1', 'uid-2', 'uid-3']);
  expect(status).toBe(1);
  expect(out).toMatch(/^extracted 1 shards, 3 files, .*\nnot found: nobody\n$/);
  const json = await runInProcess([...args, '-o', join(work.folder, 'json'), '--json']);
  expect(JSON.parse(json.out)).toMatchObject({ files: 3, notFound: [{ uid: 'nobody', createdAt: null }] });
  writeFileSync(list, '{"uid": 1.5}\n');
  const wrong = await runInProcess([...args, '-o', join(work.folder, 'wrong')]);
  expect(wrong.status).toBe(2);
  expect(wrong.err).toMatch(/^ERR_USAGE: line 1 of --uids .*: uid must be a string/);
  const ends = ['--created-from', '2026-11-24', '--created-to', '2026-11-23', '-o', 'x'];
  expect((await runInProcess(['extract', '--sink', work.sink.url, ...ends])).err).toMatch(
    /^ERR_USAGE: --created-from 2026-11-24 is later than --created-to/,
  );
});

describe('pure decisions', () => {
  test('pieces hold every member once, in order, and share no frame', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 6 * 1024 * 1024 }), { maxLength: 60 });
    fc.assert(
      fc.property(sizes, (all) => {
        const contentBytes = 1024 * 1024;
        let end = 0;
        const members = all.map((sizeBytes, i) => {
          // As the plan of frames has it: a member that would overflow begins a new frame.
          if ((end % contentBytes) + sizeBytes > contentBytes)
            end = Math.ceil(end / contentBytes) * contentBytes;
          const place = { frame: Math.floor(end / contentBytes), frameOffset: end % contentBytes };
          end += sizeBytes > contentBytes ? Math.ceil(sizeBytes / contentBytes) * contentBytes : sizeBytes;
          return { path: String(i), sha256: '', sizeBytes, ...place };
        });
        const frames = { at: () => ({ compressedBytes: 1, contentBytes, checksum: 0, offset: 0 }) };
        const pieces = [...cutMembers(members, frames)];
        expect(pieces.flat()).toEqual(members);
        pieces.slice(1).forEach((piece, i) => {
          const last = pieces[i]!.at(-1)!;
          expect(piece[0]!.frame).toBeGreaterThan(
            last.frame + Math.ceil((last.frameOffset + last.sizeBytes) / contentBytes) - 1,
          );
        });
      }),
      runs(100),
    );
  });

  test('wanted uids find and miss as a plain list does', () => {
    const one = fc.record({
      uid: fc.constantFrom('a', 'b', 'c'),
      createdAt: fc.option(fc.nat(3).map((time) => time as Micros)),
    });
    const row = fc.record({ uid: fc.constantFrom('a', 'b', 'd'), createdAt: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(one), fc.array(row), (list, rows) => {
        const uids = new WantedUids(list);
        const asked = (uid: string, time: number) =>
          list.filter((each) => each.uid === uid && (each.createdAt === null || each.createdAt === time));
        for (const { uid, createdAt } of rows) {
          const time = createdAt as Micros;
          expect(uids.wants(uid, time)).toBe(asked(uid, createdAt).length > 0);
          if (asked(uid, createdAt).length > 0) {
            expect(uids.mayLieIn(time, time)).toBe(true);
            uids.note(uid, time);
          }
        }
        const missed = list.filter((each) => !rows.some((r) => asked(r.uid, r.createdAt).includes(each)));
        const key = ({ uid, createdAt }: WantedUid) => `${uid} ${createdAt}`;
        expect(new Set(uids.notFound().map(key))).toEqual(new Set(missed.map(key)));
        const isEndless = list.some(({ createdAt }) => createdAt === null);
        expect(uids.isComplete).toBe(!isEndless && missed.length === 0);
      }),
      runs(200),
    );
  });
});
