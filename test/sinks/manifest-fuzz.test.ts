import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { micros } from '../../src/model/micros.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { offset } from '../../src/model/offset.ts';
import { REJECT_REASONS } from '../../src/model/row.ts';
import { decodeManifest, encodeManifest } from '../../src/sinks/manifest-codec.ts';
import { runs } from '../support/fuzz-runs.ts';
import { mutated } from '../support/mutated.ts';

const times = fc.maxSafeInteger().map(micros);
const offsets = fc.maxSafeNat().map(offset);
const texts = fc.string({ unit: 'binary', maxLength: 30 });
const counts = fc.maxSafeNat();
const digests = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const parts = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

const manifests: fc.Arbitrary<Manifest> = fc.record({
  format: fc.constant('tidemark-manifest' as const),
  version: fc.constant(1 as const),
  table: texts,
  kind: fc.constantFrom('window' as const, 'early' as const, 'late' as const),
  window: fc.record({ start: times, end: times }),
  partition: counts,
  partitionCount: parts,
  offsets: fc.option(fc.record({ first: offsets, last: offsets })),
  payload: fc.constantFrom('file' as const, 'row' as const),
  ledger: fc.record({ received: counts, archived: counts, duplicates: counts, rejected: counts }),
  rowsSha256: digests,
  shards: fc.array(
    fc.record({
      ...{ name: texts, part: parts, bytes: counts, sha256: digests, rows: parts, files: counts },
      ...{ sourceBytes: counts, minCreatedAt: times, maxCreatedAt: times },
    }),
    { maxLength: 4 },
  ),
  rejects: fc.array(
    fc.record({
      uid: fc.option(texts),
      createdAt: fc.option(times),
      fileLocation: fc.option(texts),
      reason: fc.constantFrom(...REJECT_REASONS),
      detail: texts,
      offset: fc.option(offsets),
    }),
    { maxLength: 4 },
  ),
  minCreatedAt: fc.option(times),
  maxCreatedAt: fc.option(times),
  tool: fc.record({ tidemark: texts, zstd: texts, level: fc.maxSafeInteger() }),
});

describe('a manifest', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(manifests, (manifest) => {
        const decoded = decodeManifest(encodeManifest(manifest));
        expect(decoded).toEqual(manifest);
        // Key by key in the same order: an equal manifest has equal bytes.
        expect(encodeManifest(decoded as Manifest)).toEqual(encodeManifest(manifest));
      }),
      runs(40),
    );
  });

  it('with some bytes changed is read or refused in a few words', () => {
    fc.assert(
      fc.property(mutated(manifests.map(encodeManifest)), (json) => {
        const decoded = decodeManifest(json);
        if ('problem' in decoded) expect(decoded.problem.length).toBeLessThanOrEqual(200);
        else expect(decodeManifest(encodeManifest(decoded))).toEqual(decoded);
      }),
      runs(400),
    );
  });

  it('of random bytes or of any JSON is refused', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(noise, (json) => {
        expect(decodeManifest(json)).toHaveProperty('problem');
      }),
      runs(300),
    );
  });

  it('with one wrong item among others is refused with its place', () => {
    const [good] = fc.sample(
      manifests.filter(({ rejects }) => rejects.length === 3),
      runs(1),
    );
    const wrong = {
      ...good!,
      rejects: good!.rejects.map((reject, i) => (i === 1 ? { ...reject, uid: 7 } : reject)),
    };
    const decoded = decodeManifest(Buffer.from(JSON.stringify(wrong)));
    expect(decoded).toEqual({ problem: expect.stringMatching(/^rejects\.1\.uid: /) as string });
  });
});
