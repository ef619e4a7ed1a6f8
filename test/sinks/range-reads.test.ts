import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Micros } from '../../src/model/micros.ts';
import type { ShardInfo } from '../../src/model/shard.ts';
import { uidAt } from '../../src/sinks/format/index-columns.ts';
import { checkProof } from '../../src/sinks/proof/check-proof.ts';
import { proveFile } from '../../src/sinks/proof/prove-file.ts';
import { cachedReads } from '../../src/sinks/read/cached-reads.ts';
import { getFile } from '../../src/sinks/read/get-file.ts';
import { openListedShard } from '../../src/sinks/read/shard-reader.ts';
import { eitherForm } from '../support/long-form.ts';
import { collectBytes } from './support/collect.ts';
import { countingSink } from './support/counting-sink.ts';
import { WINDOW_START } from './support/seal-request.ts';
import type { TestRow } from './support/seal-rows.ts';
import { createWorkspace } from './support/workspace.ts';
import type { Workspace } from './support/workspace.ts';

/**
 * What a `get` costs in a shard of 200,000 members: the same few files again and again under many names. Short members
 * in a run of the suite; `TIDEMARK_LONG=1 npx vitest run --project unit range-reads` makes it 1 GiB of bytes that do not
 * compress, with some thousand different files, so that no frame has one twice.
 */
const MEMBERS = 200_000;
const { files, fileBytes } = eitherForm({
  short: { files: 16, fileBytes: 24 },
  long: { files: 4_096, fileBytes: 5_400 },
});
const TAIL_BYTES = 64 * 1024;
const FRAME_BYTES = 512 * 1024;

let work: Workspace;
let remove: () => void;
let info: ShardInfo;
let rows: TestRow[];

const contentOf = (file: number): Buffer =>
  createHash('shake256', { outputLength: fileBytes }).update(String(file)).digest();

beforeAll(async () => {
  work = createWorkspace((done) => (remove = done));
  const paths = Array.from({ length: files }, (_, i) => join(work.root, String(i)));
  paths.forEach((path, i) => writeFileSync(path, contentOf(i)));
  rows = Array.from({ length: MEMBERS }, (_, i) => ({
    uid: createHash('md5').update(String(i)).digest('hex'),
    createdAt: WINDOW_START + 1 + i,
    fileLocation: paths[i % files]!,
    sizeBytes: fileBytes,
  }));
  const { manifest } = await work.seal(rows, { filesMax: MEMBERS, bytesMax: 4 * 1024 ** 3, level: 1 });
  expect(manifest.shards).toHaveLength(1);
  info = manifest.shards[0]!;
}, 600_000);

afterAll(() => remove());

const get = async (row: TestRow, from: Pick<Parameters<typeof getFile>[0], 'sink' | 'reads'>) => {
  const found = await getFile({ ...from, uid: row.uid, createdAt: row.createdAt as Micros });
  expect(await collectBytes(found.content)).toEqual(contentOf((row.createdAt - WINDOW_START - 1) % files));
  return found;
};

test('a get reads a shard three times when it is cold, twice when it is warm, and never much', async () => {
  const { sink, reads: counted } = countingSink(work.sink);
  const reads = cachedReads({ sink });
  const ofShard = () => counted.filter(({ name }) => name === info.name);
  const others = () => counted.filter(({ name }) => name !== info.name).map(({ call }) => call);

  await get(rows[123_456]!, { sink, reads });
  const [tail, page, frame] = ofShard();
  expect(ofShard().map(({ call }) => call)).toEqual(['readRange', 'readRange', 'readRange']);
  expect(tail!.bytes).toBe(TAIL_BYTES);
  expect(page!.bytes).toBeLessThan(TAIL_BYTES);
  expect(frame!.bytes).toBeLessThan(FRAME_BYTES * 1.01);
  // The tables, the day, and the one manifest: its length and its bytes.
  expect(others()).toEqual(['list', 'list', 'size', 'readRange']);

  counted.length = 0;
  await get(rows[7]!, { sink, reads });
  expect(ofShard().map(({ call }) => call)).toEqual(['readRange', 'readRange']);
  expect(ofShard().every(({ bytes }) => bytes < FRAME_BYTES * 1.01)).toBe(true);
  expect(others()).toEqual(['list', 'list']);

  // The page is remembered too.
  counted.length = 0;
  await get(rows[7]!, { sink, reads });
  expect(ofShard().map(({ call }) => call)).toEqual(['readRange']);

  counted.length = 0;
  await get(rows[8]!, { sink });
  expect(ofShard()).toHaveLength(3);
});

test('a proof is as small as one page and the directory, and holds', async () => {
  const row = rows[100_000]!;
  const found = await get(row, { sink: work.sink });
  const proof = await proveFile({ sink: work.sink, found, onBytes: () => undefined });
  expect(proof.length).toBeLessThan(200_000);
  const content = contentOf(100_000 % files);
  const file = { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
  expect(checkProof({ proof, file, digest: `sha256:${info.sha256}` }).uid).toBe(row.uid);
});

test('the index is read in pieces of megabytes, and neighbours of a few pages together', async () => {
  const { sink, reads } = countingSink(work.sink);
  const reader = await openListedShard(sink, info);
  const { pages } = reader.layout.directory;
  expect(pages.length).toBeGreaterThan(20);
  const { offset, bytes } = pages.at(pages.length - 1);
  const indexBytes = offset + bytes - pages.at(0).offset;

  reads.length = 0;
  let entries = 0;
  for await (const page of reader.pages()) entries += page.count;
  expect(entries).toBe(MEMBERS);
  expect(reads.reduce((sum, read) => sum + read.bytes, 0)).toBe(indexBytes);
  expect(Math.max(...reads.map((read) => read.bytes))).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(reads.length).toBeLessThanOrEqual(Math.ceil(indexBytes / (3.9 * 1024 * 1024)));

  reads.length = 0;
  const some = [3, 4, 9];
  let asked = 0;
  for await (const page of reader.pages(some))
    expect(uidAt(page, 0)).toEqual(pages.at(some[asked++]!).firstUid);
  expect(reads.map((read) => read.bytes)).toEqual([pages.at(3).bytes + pages.at(4).bytes, pages.at(9).bytes]);
});
