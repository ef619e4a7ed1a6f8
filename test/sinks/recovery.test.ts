import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TidemarkError } from '../../src/base/errors.ts';
import type { SealResult } from '../../src/model/seal.ts';
import { createSealer } from '../../src/sinks/sealer.ts';
import type { Sealer } from '../../src/sinks/sealer.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { verifyShards } from '../../src/sinks/read/verify-shards.ts';
import { Random, SEED } from '../support/seed.ts';
import { collect } from './support/collect.ts';
import { request, sealerDefaults } from './support/seal-request.ts';
import type { TestRow } from './support/seal-rows.ts';
import { createWorkspace } from './support/workspace.ts';
import type { Workspace } from './support/workspace.ts';

const ROUNDS = 40;
const signal = new AbortController().signal;

function openSealer(work: Workspace, sink: Sink = work.sink): Sealer {
  const sealer = createSealer({ ...sealerDefaults({ ...work, sink }), filesMax: 3 });
  onTestFinished(() => sealer.close());
  return sealer;
}

/** What a power cut, a bad disk or a person may do to a file. @returns what was done. */
function damage(path: string, random: Random): string {
  const bytes = readFileSync(path);
  const at = random.between(0, bytes.length - 1);
  const to = random.between(at + 1, bytes.length);
  switch (random.pick(['nothing', 'nothing', 'removed', 'cut', 'zeros', 'noise', 'longer'])) {
    case 'removed':
      rmSync(path);
      return 'removed';
    case 'cut':
      truncateSync(path, at);
      return `cut at ${at}`;
    case 'zeros':
      writeFileSync(path, bytes.fill(0, at, to));
      return `zeros from ${at} to ${to}`;
    case 'noise':
      // Far more than one bit, as a torn sector has it.
      for (let i = Math.max(0, at - 64); i < to; i++) bytes[i] = random.between(0, 255);
      writeFileSync(path, bytes);
      return `noise from ${at} to ${to}`;
    case 'longer':
      writeFileSync(path, Buffer.concat([bytes, bytes.subarray(at)]));
      return `longer by ${bytes.length - at}`;
    default:
      return 'nothing';
  }
}

/** Seals, and does what the error says as long as there is one that names a command. */
async function sealAsTold(seal: () => Promise<SealResult>, folder: string): Promise<SealResult> {
  for (;;)
    try {
      return await seal();
    } catch (error) {
      if (!(error instanceof TidemarkError) || error.code !== 'ERR_SHARD_CORRUPT') throw error;
      const command = /mv \S+ \S+\.manifest\.json\.aside\b/.exec(error.remedy)?.[0];
      if (command === undefined) throw error;
      execFileSync('sh', ['-c', command], { cwd: folder });
    }
}

describe('a seal after a crash', () => {
  test(`makes a whole archive of whatever was left of its shards and manifest (TIDEMARK_SEED=${SEED})`, async () => {
    const work = createWorkspace();
    const random = new Random(SEED);
    const sealer = openSealer(work);
    const rows: TestRow[] = Array.from({ length: 10 }, (_, i) =>
      work.row(`uid-${i}`, `content ${i} `.repeat(random.between(0, 4_000))),
    );
    for (let partition = 0; partition < ROUNDS; partition++) {
      const wanted = request(rows, { name: { partition, partitionCount: ROUNDS } });
      const first = await sealer.seal(wanted, signal);
      const left = [first.manifestName, ...first.manifest.shards.map(({ name }) => name)].map(
        (name) => `${name}: ${damage(join(work.archive, name), random)}`,
      );
      const { manifest } = await sealAsTold(() => sealer.seal(wanted, signal), work.folder);
      const report = left.join('\n');
      expect(manifest.ledger, report).toEqual({ received: 10, archived: 10, duplicates: 0, rejected: 0 });
      expect(
        manifest.shards.map(({ part, rows: count }) => [part, count]),
        report,
      ).toEqual([
        [1, 3],
        [2, 3],
        [3, 3],
        [4, 1],
      ]);
    }
    const problems = await collect(verifyShards({ sink: work.sink }));
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('stops at a torn manifest and says what to do, and does not touch it', async () => {
    const work = createWorkspace();
    const sealer = openSealer(work);
    const wanted = request([work.row('a', 'content')]);
    const { manifestName } = await sealer.seal(wanted, signal);
    const path = join(work.archive, manifestName);
    const whole = readFileSync(path);
    for (const torn of [Buffer.alloc(0), whole.subarray(0, whole.length / 2), Buffer.alloc(whole.length)]) {
      writeFileSync(path, torn);
      await expect(sealer.seal(wanted, signal)).rejects.toMatchObject({
        code: 'ERR_SHARD_CORRUPT',
        retryable: false,
        detail: expect.stringContaining(`${manifestName} is no manifest`) as string,
        remedy: expect.stringContaining(`mv ${path} ${path}.aside`) as string,
      });
      expect(readFileSync(path)).toEqual(torn);
    }
    unlinkSync(path);
    await sealer.seal(wanted, signal);
    expect(readFileSync(path)).toEqual(whole);
  });

  test('does not announce a shard that has rotted under its manifest', async () => {
    const work = createWorkspace();
    const sealer = openSealer(work);
    const wanted = request([work.row('a', 'content')]);
    const { manifest } = await sealer.seal(wanted, signal);
    const path = join(work.archive, manifest.shards[0]!.name);
    const bytes = readFileSync(path);
    bytes[600]! ^= 1;
    writeFileSync(path, bytes);
    await expect(sealer.seal(wanted, signal)).rejects.toMatchObject({
      code: 'ERR_SHARD_CORRUPT',
      detail: expect.stringMatching(/has sha256 \w+ and not \w+, and .+\.manifest\.json names it/) as string,
    });
    expect(readFileSync(path)).toEqual(bytes);
  });

  test('makes durable what it takes over, because its writer may have died before it did', async () => {
    const work = createWorkspace();
    const settled: string[] = [];
    const sealer = openSealer(work, recording(work.sink, settled));
    const rows = ['a', 'b', 'c', 'd'].map((uid) => work.row(uid, uid));
    const { manifest, manifestName } = await sealer.seal(request(rows), signal);
    expect(settled).toEqual([]);
    const shards = manifest.shards.map(({ name }) => name);
    await sealer.seal(request(rows), signal);
    expect(settled).toEqual([...shards, manifestName]);
    unlinkSync(join(work.archive, manifestName));
    settled.length = 0;
    await sealer.seal(request(rows), signal);
    expect(settled.sort()).toEqual([...shards].sort());
  });
});

test('two processes that seal the same rows end with one manifest, though a file went bad between them', async () => {
  const work = createWorkspace();
  const rows = ['a', 'b', 'c', 'd'].map((uid) => work.row(uid, uid));
  const other = openSealer(work);
  let overtaken: SealResult | undefined;
  // The last owner of the partition was stopped with its shards stored; its successor goes first with the manifest.
  const slow = openSealer(
    work,
    beforeManifest(work.sink, async () => {
      unlinkSync(join(work.archive, 'public.files', SHARD_FOLDER, FIRST_SHARD));
      unlinkSync(rows[0]!.fileLocation!);
      overtaken = await other.seal(request(rows), signal);
    }),
  );
  const result = await slow.seal(request(rows), signal);
  expect(overtaken?.manifest.ledger).toMatchObject({ archived: 3, rejected: 1 });
  expect(result).toEqual({ ...overtaken, reused: true });
  expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
});

const SHARD_FOLDER = '2026/11/23';
const FIRST_SHARD = '20261123T060000Z-p0of2-0001.tar.zst';

function recording(sink: Sink, settled: string[]): Sink {
  return intercept(sink, 'settle', async (name) => {
    settled.push(name);
    await sink.settle(name);
  });
}

function beforeManifest(sink: Sink, happen: () => Promise<void>): Sink {
  return intercept(sink, 'putObject', async (name, bytes) => {
    await happen();
    return await sink.putObject(name, bytes);
  });
}

function intercept<K extends keyof Sink>(sink: Sink, method: K, instead: Sink[K]): Sink {
  return new Proxy(sink, {
    get(target, key) {
      if (key === method) return instead;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
