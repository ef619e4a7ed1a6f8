import { describe, expect, it } from 'vitest';
import { ConnectorProgress } from '../../../src/log/debezium/connector-progress.ts';
import type { Micros } from '../../../src/model/micros.ts';
import type { Offset } from '../../../src/model/offset.ts';
import { Random, SEED } from '../../support/seed.ts';

const T = (time: number): Micros => time as Micros;
const ends = (...counts: number[]): Map<string, Offset> =>
  new Map(counts.map((count, partition) => [`t/${partition}`, count as Offset]));

/** Two partitions of one topic, read from their beginnings. */
class Two {
  readonly progress = new ConnectorProgress();
  readonly #next = [0, 0];

  constructor() {
    for (const partition of [0, 1]) this.progress.begin(`t/${partition}`, { next: 0 as Offset, seen: null });
  }

  row(partition: 0 | 1, committedAt: number, sentAt = committedAt): this {
    return this.#read(partition, { kind: 'streamed', committedAt: T(committedAt), sentAt: T(sentAt) });
  }

  snapshotRow(partition: 0 | 1, takenAt: number, isLast = false): this {
    return this.#read(partition, { kind: 'snapshot', takenAt: T(takenAt), sentAt: T(takenAt + 1), isLast });
  }

  beat(sentAt: number): this {
    this.progress.note({ kind: 'heartbeat', sentAt: T(sentAt) }, { topic: 'beats', place: 'beats/0' });
    return this;
  }

  #read(partition: 0 | 1, note: Parameters<ConnectorProgress['note']>[0]): this {
    this.progress.note(note, { topic: 't', place: `t/${partition}` });
    this.progress.passTo(`t/${partition}`, ++this.#next[partition]! as Offset);
    return this;
  }
}

describe('the time of a mark', () => {
  it('is the latest commit that was read, when every partition is read to its end', () => {
    expect(new Two().row(0, 10).row(1, 20).row(0, 30).progress.markTime(ends(2, 1))).toBe(30);
  });

  it('waits for a partition that is not read to its end at what was read of it', () => {
    expect(new Two().row(1, 20).row(0, 30).progress.markTime(ends(1, 2))).toBe(20);
    expect(new Two().row(0, 30).progress.markTime(ends(1, 1))).toBeNull();
  });

  it('is unknown while a snapshot is read, and known again with the first record behind it', () => {
    const reader = new Two().snapshotRow(0, 100).snapshotRow(1, 100);
    expect(reader.progress.markTime(ends(1, 1))).toBeNull();
    expect(reader.beat(105).beat(108).progress.markTime(ends(1, 1))).toBeNull();
    expect(reader.row(0, 110).progress.markTime(ends(2, 1))).toBe(110);
  });

  it('goes on with heartbeats behind the last row of a snapshot, in whatever order its partitions are read', () => {
    const reader = new Two().snapshotRow(1, 100, true).snapshotRow(0, 100);
    expect(reader.beat(110).beat(120).progress.markTime(ends(1, 1))).toBe(110);
  });

  it('does not follow a heartbeat while the connector has rows to send', () => {
    // Behind by 500: it lives, and sends what was committed long ago.
    const reader = new Two().row(0, 10, 510).beat(520).row(0, 11, 525).beat(530);
    expect(reader.progress.markTime(ends(2, 0))).toBe(11);
    expect(reader.beat(540).progress.markTime(ends(2, 0))).toBe(530);
  });

  it('does not follow a heartbeat while a partition is not read to its end', () => {
    expect(new Two().row(0, 10).beat(20).beat(30).progress.markTime(ends(2, 0))).toBe(10);
  });

  it('is not taken from heartbeats that a restart reads again', () => {
    const progress = new ConnectorProgress();
    progress.begin('t/0', { next: 5 as Offset, seen: T(25) });
    const beats = { topic: 'beats', place: 'beats/0' };
    progress.note({ kind: 'heartbeat', sentAt: T(20) }, beats);
    progress.note({ kind: 'heartbeat', sentAt: T(30) }, beats);
    expect(progress.markTime(new Map([['t/0', 5 as Offset]]))).toBeNull();
  });
});

describe('whatever was read in whatever order', () => {
  it('no row is unread that was committed before the mark, as long as the brokers keep the order of the connector', () => {
    const random = new Random(SEED);
    for (let run = 0; run < 300; run++) expectNoneUnread(random);
  });
});

interface Sent {
  readonly partition: number;
  readonly committedAt: number;
  readonly sentAt: number;
}

/** A connector that falls behind and catches up, a reader that reads as it likes, marks at any moment. */
function expectNoneUnread(random: Random): void {
  const count = random.between(1, 4);
  const progress = new ConnectorProgress();
  for (let partition = 0; partition < count; partition++)
    progress.begin(`t/${partition}`, { next: 0 as Offset, seen: null });
  const backlog: { partition: number; committedAt: number }[] = [];
  const logs: Sent[][] = Array.from({ length: count }, () => []);
  const beats: number[] = [];
  const read = logs.map(() => 0);
  let beatsRead = 0;
  let hasSent = true;
  for (let now = 1; now < 200; now++) {
    if (random.chance(0.4)) backlog.push({ partition: random.between(0, count - 1), committedAt: now });
    if (random.chance(0.5)) {
      const row = backlog.shift();
      if (row !== undefined) logs[row.partition]!.push({ ...row, sentAt: now });
      hasSent = true;
    }
    // With a backlog something is sent between two heartbeats.
    if (random.chance(0.2) && (hasSent || backlog.length === 0)) {
      beats.push(now);
      hasSent = backlog.length === 0;
    }
    const partition = random.between(0, count - 1);
    for (const { committedAt, sentAt } of logs[partition]!.slice(read[partition]).slice(
      0,
      random.between(0, 5),
    )) {
      progress.note(
        { kind: 'streamed', committedAt: T(committedAt), sentAt: T(sentAt) },
        { topic: 't', place: `t/${partition}` },
      );
      progress.passTo(`t/${partition}`, ++read[partition]! as Offset);
    }
    if (random.chance(0.5) && beatsRead < beats.length)
      progress.note({ kind: 'heartbeat', sentAt: T(beats[beatsRead++]!) }, { topic: 'b', place: 'b/0' });
    const time = progress.markTime(ends(...logs.map((log) => log.length)));
    const unread = [...logs.flatMap((log, at) => log.slice(read[at])), ...backlog];
    const missed = unread.filter(({ committedAt }) => time !== null && committedAt < time);
    if (missed.length > 0)
      expect.fail(`${missed.length} rows are unread below a mark at ${now}, seed ${SEED}`);
  }
}
