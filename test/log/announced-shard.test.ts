import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCleanupNote, encodeCleanupNote } from '../../src/cleanup-note.ts';
import { readAnnouncedShard } from '../../src/log/announced-shard.ts';
import { micros } from '../../src/model/micros.ts';
import { announcement } from '../cleanup/announcement.ts';
import { runs } from '../support/fuzz-runs.ts';
import { mutatedText } from '../support/mutated.ts';

const TABLE = 'public.files';
const EVENT = JSON.stringify(announcement({ name: 's.tar.zst', time: micros(7_000_000) }));
const read = (text: string) => readAnnouncedShard(Buffer.from(text), TABLE);

describe('an announced shard', () => {
  it('is read from its event', () => {
    expect(read(EVENT)).toEqual({
      ...{ table: TABLE, name: 's.tar.zst', sha256: 'a'.repeat(64), bytes: 100, files: 2, partition: 0 },
      ...{ kind: 'window', window: { start: 0, end: 60_000_000 }, time: 7_000_000 },
    });
  });

  it('is none of another table, of another event, and of nothing', () => {
    expect(readAnnouncedShard(Buffer.from(EVENT), 'public.others')).toBeUndefined();
    expect(read(EVENT.replace('shard.created', 'window.sealed'))).toBeUndefined();
    expect(readAnnouncedShard(null, TABLE)).toBeUndefined();
  });

  it('is read whole or not at all, whatever a message holds', () => {
    fc.assert(
      fc.property(mutatedText(fc.constant(EVENT)), (text) => {
        const shard = read(text);
        if (shard === undefined) return;
        expect(shard.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(Number.isSafeInteger(shard.time) && Number.isSafeInteger(shard.bytes)).toBe(true);
      }),
      runs(300),
    );
  });
});

describe('a note beside an offset', () => {
  it('comes back as it was, cut where Kafka has no room', () => {
    const note = { doneUntil: '2026-11-23T05:37:17.000000Z', trouble: null };
    expect(decodeCleanupNote(encodeCleanupNote(note))).toEqual(note);
    const long = encodeCleanupNote({ doneUntil: null, trouble: '€'.repeat(5_000) });
    expect(Buffer.byteLength(long)).toBeLessThan(4_096);
  });

  it('says nothing when another tool has written it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(Object.keys(decodeCleanupNote(text))).toEqual(['doneUntil', 'trouble']);
      }),
    );
  });
});
