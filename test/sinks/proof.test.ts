import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TidemarkError } from '../../src/base/errors.ts';
import { formatMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { ChainedSha256, blockEdgeBefore } from '../../src/sinks/proof/chained-sha256.ts';
import { checkProof } from '../../src/sinks/proof/check-proof.ts';
import { proveFile } from '../../src/sinks/proof/prove-file.ts';
import { getFile } from '../../src/sinks/read/get-file.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import { runs } from '../support/fuzz-runs.ts';
import { mutated } from '../support/mutated.ts';
import { REPOSITORY } from '../support/repository.ts';
import { collectBytes } from './support/collect.ts';
import type { TestRow } from './support/seal-rows.ts';
import { createWorkspace } from './support/workspace.ts';

interface Case {
  readonly proof: Buffer;
  readonly file: Buffer;
  readonly digest: string;
}

/** What our checker and the one in Python must say of it alike. */
function holds({ proof, file, digest }: Case): boolean {
  const sha256 = createHash('sha256').update(file).digest('hex');
  try {
    checkProof({ proof, digest, file: { bytes: file.length, sha256 } });
    return true;
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'ERR_PROOF_INVALID') return false;
    throw error;
  }
}

/** One process for all cases. */
function holdsInPython(cases: readonly Case[]): boolean[] {
  const driver = `
import base64, importlib.util, json, struct, sys, tempfile, os
spec = importlib.util.spec_from_file_location('check_proof', sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
verdicts = []
with tempfile.TemporaryDirectory() as folder:
    for case in json.load(sys.stdin):
        for name in ('proof', 'file'):
            with open(os.path.join(folder, name), 'wb') as target:
                target.write(base64.b64decode(case[name]))
        try:
            module.check(os.path.join(folder, 'proof'), os.path.join(folder, 'file'), case['digest'])
            verdicts.append(True)
        except (module.Refused, ValueError, KeyError, TypeError, AttributeError, struct.error):
            verdicts.append(False)
print(json.dumps(verdicts))
`;
  const input = JSON.stringify(
    cases.map(({ proof, file, digest }) => ({
      ...{ proof: proof.toString('base64'), file: file.toString('base64'), digest },
    })),
  );
  const checker = join(REPOSITORY, 'examples/check-proof.py');
  const output = execFileSync('python3', ['-c', driver, checker], { input, encoding: 'utf8' });
  return JSON.parse(output) as boolean[];
}

async function prove(sink: Sink, row: TestRow): Promise<Case> {
  const found = await getFile({ sink, uid: row.uid, createdAt: row.createdAt as Micros });
  const proof = await proveFile({ sink, found, onBytes: () => undefined });
  return { proof, file: await collectBytes(found.content), digest: `sha256:${found.info.sha256}` };
}

const flipped = (bytes: Buffer, bit: number): Buffer => {
  const other = Buffer.from(bytes);
  other[bit >> 3]! ^= 1 << (bit & 7);
  return other;
};

let good: Case;
let cases: Case[];
const removals: (() => void)[] = [];

const sharedWorkspace = () => createWorkspace((remove) => removals.push(remove));

afterAll(() => removals.forEach((remove) => remove()));

beforeAll(async () => {
  const work = sharedWorkspace();
  const rows = Array.from({ length: 5 }, (_, i) => work.row(`uid ${i}`, `content ${i}\n`.repeat(i * 300)));
  await work.seal(rows, { frameBytes: 8192 });
  good = await prove(work.sink, rows[3]!);

  const many = sharedWorkspace();
  const one = many.row('a', 'the content of all');
  const uids = [
    '',
    'lone \ud800',
    '\u0001"\\\u007f\u2028/ü',
    ...Array.from({ length: 900 }, (_, i) => `${i}-${'x'.repeat(40)}`),
  ];
  const hard = uids.map((uid, i) => ({ ...one, uid, createdAt: one.createdAt + i }));
  hard.push(
    { ...many.row('large', Buffer.alloc(20_000, 'abc')), uid: '5-again' },
    { ...one, uid: '', createdAt: one.createdAt + 5_000 },
  );
  await many.seal(hard, { frameBytes: 8192 });
  const chosen = [...[0, 1, 2, 3, 450, 902].map((i) => hard[i]!), ...hard.slice(-2)];
  cases = [good];
  for (const row of chosen) cases.push(await prove(many.sink, row));
});

describe('a proof', () => {
  test('holds for every file, whatever its uid, page and size, for us and for a checker in Python', () => {
    expect(cases.map(holds)).toEqual(cases.map(() => true));
    expect(holdsInPython(cases)).toEqual(cases.map(() => true));
  });

  test('holds for no other file and no other shard', () => {
    const crossed = cases.flatMap((a) =>
      cases.filter((b) => !b.file.equals(a.file) || b.digest !== a.digest).map((b) => [a, b] as const),
    );
    expect(crossed.some(([a, b]) => holds({ ...a, file: b.file }) && !a.file.equals(b.file))).toBe(false);
    expect(crossed.some(([a, b]) => holds({ ...a, digest: b.digest }) && a.digest !== b.digest)).toBe(false);
  });

  test('with any bit changed is refused, by both checkers', () => {
    const bits = Array.from({ length: good.proof.length * 8 }, (_, bit) => bit);
    // Every bit of what is text, and of base64 one a digit: its alphabet is the same everywhere.
    const tried = bits.filter((bit) => (bit >> 3) % 8 === bit % 8 || bit < 8 * 400);
    expect(tried.filter((bit) => holds({ ...good, proof: flipped(good.proof, bit) }))).toEqual([]);
    const some = tried
      .filter((_, i) => i % 40 === 0)
      .map((bit) => ({ ...good, proof: flipped(good.proof, bit) }));
    expect(holdsInPython(some)).toEqual(some.map(() => false));
  });

  test('of a file or a digest with any bit changed is refused', () => {
    for (let bit = 0; bit < good.file.length * 8; bit += 97)
      expect(holds({ ...good, file: flipped(good.file, bit) })).toBe(false);
    expect(holds({ ...good, file: Buffer.concat([good.file, Buffer.alloc(1)]) })).toBe(false);
    const digest = Buffer.from(good.digest);
    for (let bit = 0; bit < digest.length * 8; bit++)
      expect(holds({ ...good, digest: flipped(digest, bit).toString('latin1') }), `bit ${bit}`).toBe(false);
  });

  test('fuzz: with anything changed is refused, and the two checkers agree', () => {
    const others: Case[] = [];
    fc.assert(
      fc.property(mutated(fc.constant(good.proof)), (proof) => {
        fc.pre(!proof.equals(good.proof));
        expect(holds({ ...good, proof })).toBe(false);
        if (others.length < 40) others.push({ ...good, proof });
      }),
      runs(300),
    );
    expect(holdsInPython(others)).toEqual(others.map(() => false));
  });
});

test('SHA-256 that was left at a block and taken up again is that of Node', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, at) => {
      const edge = blockEdgeBefore(Math.min(at, bytes.length));
      const first = new ChainedSha256();
      first.update(bytes.subarray(0, edge));
      const second = ChainedSha256.after({ bytes: edge, state: first.state() });
      second.update(bytes.subarray(edge));
      expect(second.digest()).toBe(createHash('sha256').update(bytes).digest('hex'));
    }),
    runs(100),
  );
});

describe('no proof is made', () => {
  test('of a row that has no digest of its own', async () => {
    const work = createWorkspace();
    const row = work.row('a', 'x');
    await work.seal([row], { payload: 'row' });
    await expect(prove(work.sink, row)).rejects.toMatchObject({ code: 'ERR_PROOF_UNAVAILABLE' });
  });

  test('of a shard that is damaged elsewhere', async () => {
    const work = createWorkspace();
    const row = work.row('a', 'x');
    const { manifest } = await work.seal([row]);
    const path = join(work.archive, manifest.shards[0]!.name);
    writeFileSync(path, flipped(readFileSync(path), 8 * 40));
    await expect(prove(work.sink, row)).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
  });
});

test('tidemark get writes a proof that tidemark verify accepts without an archive, and refuses with another file', async () => {
  const work = createWorkspace();
  const row = work.row('a/b', 'what it is about');
  const { manifest } = await work.seal([row]);
  const digest = `sha256:${manifest.shards[0]!.sha256}`;
  const [file, proof] = [join(work.folder, 'file'), join(work.folder, 'file.proof.json')];
  const get = ['get', 'a/b', '--created-at', formatMicros(row.createdAt as Micros), '--sink', work.sink.url];
  expect(await runInProcess([...get, '--proof', proof])).toMatchObject({ status: 2 });
  expect(existsSync(proof)).toBe(false);
  expect(await runInProcess([...get, '-o', file, '--proof', proof])).toEqual({ status: 0, out: '', err: '' });
  expect(readFileSync(file, 'utf8')).toBe('what it is about');

  const verify = ['verify', '--proof', proof, '--file', file, '--digest'];
  const { status, out } = await runInProcess([...verify, digest]);
  expect(status).toBe(0);
  expect(out).toMatch(
    /^proven: uid "a\/b" of public\.files at .* has these 16 bytes, says shard public\.files\//,
  );
  const json = await runInProcess([...verify, digest, '--json']);
  expect(JSON.parse(json.out)).toMatchObject({ uid: 'a/b', bytes: 16, shard: manifest.shards[0]!.name });
  expect((await runInProcess([...verify, digest, '--sink', work.sink.url])).status).toBe(2);

  writeFileSync(file, 'What it is about');
  const other = await runInProcess([...verify, digest]);
  expect(other).toMatchObject({ status: 1, out: '' });
  expect(other.err).toMatch(
    /^ERR_PROOF_INVALID: the file has 16 bytes with sha256 .*\n {2}what to do: Take the digest from/,
  );
});
