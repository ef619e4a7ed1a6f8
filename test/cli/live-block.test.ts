import { describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { liveBlock } from '../../src/cli/live-block.ts';
import type { LiveBlockOptions } from '../../src/cli/live-block.ts';
import { tallyEvents } from '../../src/cli/live-tally.ts';
import { RateMeter } from '../../src/cli/rate-meter.ts';
import { lsn } from '../../src/model/lsn.ts';
import { micros, parseMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { ShardInfo } from '../../src/model/shard.ts';

const NOW = parseMicros('2026-11-23T06:00:30Z')!;
const SECOND = 1_000_000;
const place = { table: 'public.files', partition: 0 };
const table = {
  id: place.table,
  window: { sizeMicros: 2 * SECOND } as LiveBlockOptions['tables'][number]['window'],
  lagMicros: 5 * SECOND,
};
const shard: ShardInfo = {
  name: 'public.files/2026/11/23/20261123T060024Z-p0of2-0001.tar.zst',
  part: 1,
  bytes: 48_213,
  sha256: '',
  rows: 160,
  files: 160,
  sourceBytes: 151_207,
  minCreatedAt: NOW,
  maxCreatedAt: NOW,
};

/** The block after what `emit` has told, line by line. */
function blockAfter(emit: (events: Events) => void, given: Partial<LiveBlockOptions> = {}): string[] {
  const events = new Events();
  const { tally } = tallyEvents(events);
  emit(events);
  const block = liveBlock({
    ...{ name: 'tidemark', tables: [table], parts: ['capture', 'archive'], tally },
    ...{ startedAt: ago(12), now: NOW, captureRate: 160.4, archiveRate: 1_203.9, columns: 120 },
    ...given,
  });
  return block.split('\n');
}

function ago(seconds: number): Micros {
  return micros(NOW - seconds * SECOND);
}

function emitBusy(events: Events): void {
  events.emit('capture:started', { slot: 's', lsn: lsn(1n), epoch: 1 });
  events.emit('snapshot:progressed', { table: place.table, rows: 200, time: ago(60) });
  events.emit('snapshot:finished', { table: place.table, rows: 300 });
  events.emit('capture:committed', { rows: 1_520, bytes: 1, lsn: lsn(2n), durationMs: 1 });
  events.emit('mark:sent', { time: ago(0.5), epoch: 1, sequence: 1 });
  events.emit('group:joined', { partitions: 2, generation: 1 });
  events.emit('window:sealed', {
    ...place,
    window: { start: ago(8), end: ago(6) },
    kind: 'window',
    ledger: { received: 165, archived: 160, duplicates: 2, rejected: 3 },
    shards: [shard],
    durationMs: 20,
  });
  events.emit('row:rejected', { ...place, reason: 'file_missing', rows: 3 });
  events.emit('partition:committed', {
    ...place,
    watermark: ago(6),
    openWindows: 2,
    openRows: 301,
    lateRows: 1,
  });
}

describe('the live block', () => {
  it('says in words what capture and archive have done', () => {
    expect(blockAfter(emitBusy)).toEqual([
      'tidemark tidemark, running for 12 s. Ctrl-C drains and stops.',
      'capture    160 rows/s    1,520 rows into Kafka, marks 0.5 s old',
      'snapshot   public.files: 300 older rows read, done',
      'archive    1,204 rows/s  160 rows in shards, 301 in open windows, 2 partitions',
      '           3 rejected, 1 late, 2 duplicates',
      'watermark  public.files  06:00:24 UTC, 6 s ago: all that is due is archived',
      'shard      20261123T060024Z-p0of2-0001.tar.zst  160 rows, 48.2 kB',
    ]);
  });

  it('never has a line that is wider than the terminal', () => {
    for (const columns of [20, 40, 80]) {
      const lines = blockAfter(emitBusy, { columns });
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
    }
  });

  it('shows only the parts that run here', () => {
    expect(blockAfter(emitBusy, { parts: ['capture'] }).join()).not.toContain('watermark');
    expect(blockAfter(emitBusy, { parts: ['archive'] }).join()).not.toContain('Kafka');
  });

  it('tells a start, a standby and a broken connection from a quiet table', () => {
    expect(blockAfter(() => undefined)[1]).toBe('capture    starting');
    expect(blockAfter(() => undefined)[2]).toBe('archive    joining its group');
    const waiting = blockAfter((events) => events.emit('capture:waiting', { slot: 's', activePid: 1 }));
    expect(waiting[1]).toContain('standing by');
    const broken = blockAfter((events) => {
      emitBusy(events);
      events.emit('capture:reconnecting', { attempt: 1, delayMs: 1, reason: 'gone' });
    });
    expect(broken[1]).toBe('capture    reconnecting, 1,520 rows so far');
  });

  it('says how far the watermark is behind what is due', () => {
    const lines = blockAfter((events) => {
      emitBusy(events);
      events.emit('partition:restored', { ...place, watermark: ago(36), offset: 0 });
    });
    // Due is floor(06:00:30 − 5 s) = 06:00:24.
    expect(lines).toContain('watermark  public.files  05:59:54 UTC, 36 s ago: 30 s behind');
  });

  it('shows why a partition is retried, until it has committed', () => {
    const failing = (events: Events): void => {
      emitBusy(events);
      events.emit('partition:failed', { ...place, reason: 'no space left on device', attempt: 3 });
    };
    const line = 'retrying   public.files/0, attempt 3: no space left on device';
    expect(blockAfter(failing)).toContain(line);
    const mended = blockAfter((events) => {
      failing(events);
      events.emit('partition:committed', {
        ...place,
        watermark: ago(4),
        openWindows: 0,
        openRows: 0,
        lateRows: 0,
      });
    });
    expect(mended).not.toContain(line);
  });

  it('names the likely reason when marks are old', () => {
    const lines = blockAfter((events) => {
      emitBusy(events);
      events.emit('mark:sent', { time: ago(95), epoch: 1, sequence: 2 });
    });
    expect(lines[1]).toContain('last mark 1 min 35 s old: a transaction is open for so long');
  });
});

describe('a rate', () => {
  it('is averaged over ten seconds, because windows are sealed in lumps', () => {
    const meter = new RateMeter();
    const at = (seconds: number): Micros => micros(NOW + seconds * SECOND);
    expect(meter.rate(at(0), 100)).toBe(0);
    expect(meter.rate(at(2), 300)).toBe(100);
    for (let second = 3; second <= 30; second++) meter.rate(at(second), 300);
    expect(meter.rate(at(31), 300)).toBe(0);
  });
});

describe('the block of a clean-up', () => {
  const lines = (emit: (events: Events) => void) =>
    blockAfter(emit, { parts: ['cleanup'], columns: 200 }).slice(1);

  it('counts what became of the files, and names what holds a table up', () => {
    expect(lines(() => undefined)).toEqual(['cleanup    joining its group']);
    const tally = {
      removedFiles: 1_200,
      removedBytes: 5_000_000,
      missingFiles: 3,
      kept: { file_changed: 2 },
    };
    const cleaned = { ...place, shard: 's', tally, announcedAt: NOW, durationMs: 5 };
    const failed = {
      table: place.table,
      shard: 't',
      files: 4,
      reason: 'EACCES (rename)',
      uid: 'a',
      attempt: 2,
    };
    const all = (events: Events): void => {
      events.emit('cleanup:joined', { table: place.table, partitions: 1 });
      events.emit('cleanup:cleaned', cleaned);
      events.emit('cleanup:failed', failed);
    };
    const first = 'cleanup    1 shards, 1,200 files removed (5.00 MB), 2 kept, 3 missing';
    expect(lines(all)).toEqual([
      first,
      'waiting    public.files: 4 files cannot be removed: EACCES (rename)',
    ]);
    const mended = lines((events) => {
      events.emit('cleanup:failed', failed);
      all(events);
      events.emit('cleanup:cleaned', { ...cleaned, tally: { ...tally, removedFiles: 0 } });
    });
    expect(mended).toHaveLength(1);
  });
});
