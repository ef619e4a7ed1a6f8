import { CloudEvent } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { writeAdjusted, writeEvents } from '../../src/log/cloud-events.ts';
import type { Announcement } from '../../src/log/cloud-events.ts';
import { micros } from '../../src/model/micros.ts';
import { offset } from '../../src/model/offset.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Reject } from '../../src/model/row.ts';
import { REJECT_REASONS } from '../../src/model/row.ts';
import type { SealKind } from '../../src/model/shard.ts';
import { eventProblems } from '../support/event-schemas.ts';

const SECOND = 1_000_000;
const names = {
  name: 'tidemark',
  table: 'public.files',
  partition: 1,
  partitionCount: 4,
  shardsTopic: 'tidemark.shards',
  rejectsTopic: 'tidemark.rejects',
};

function manifest(kind: SealKind, rejects: readonly Reject[] = []): Manifest {
  return {
    format: 'tidemark-manifest',
    version: 1,
    table: names.table,
    kind,
    window: { start: micros(2 * SECOND), end: micros(4 * SECOND) },
    partition: 1,
    partitionCount: 4,
    offsets: { first: offset(10), last: offset(20) },
    payload: 'file',
    ledger: { received: 3, archived: 2, duplicates: 0, rejected: 1 },
    rowsSha256: 'b'.repeat(64),
    shards: [
      {
        name: `a-${kind}.tar.zst`,
        part: 1,
        bytes: 100,
        sha256: 'a'.repeat(64),
        rows: 2,
        files: 2,
        sourceBytes: 300,
        minCreatedAt: micros(3 * SECOND),
        maxCreatedAt: micros(4 * SECOND),
      },
    ],
    rejects,
    minCreatedAt: micros(3 * SECOND),
    maxCreatedAt: micros(4 * SECOND),
    tool: { tidemark: '0.1.0', zstd: '1.5.7', level: 3 },
  };
}

function reject(reason: Reject['reason'], at: number | null): Reject {
  return {
    uid: 'u',
    createdAt: null,
    fileLocation: '/x',
    reason,
    detail: 'd',
    offset: at === null ? null : offset(at),
  };
}

function announce(parts: Partial<Announcement>): { topic: string; event: Record<string, unknown> }[] {
  const announcement = {
    seals: [],
    rejects: [],
    watermark: micros(4 * SECOND),
    position: 21,
    time: micros(9 * SECOND),
  };
  return writeEvents(names, { ...announcement, ...parts }).map(({ topic, value }) => ({
    topic,
    event: JSON.parse(value) as Record<string, unknown>,
  }));
}

describe('the events of a commit', () => {
  const everything = announce({
    seals: (['late', 'early', 'window'] as const).map((kind, index) => ({
      manifestName: `${kind}.manifest.json`,
      manifest: manifest(kind, [reject('file_missing', 100 + index)]),
    })),
    rejects: REJECT_REASONS.map((reason, index) => reject(reason, index % 2 === 0 ? index : null)),
  }).concat(announce({}));

  it('match the published schemas, and have no member that is not published', () => {
    expect(everything.flatMap(({ event }) => eventProblems(event, 'writer'))).toEqual([]);
  });

  it('are CloudEvents 1.0 for the official library', () => {
    for (const { event } of everything) expect(new CloudEvent(event).validate()).toBe(true);
  });

  it('have ids of their own', () => {
    const ids = everything.map(({ event }) => event['id']);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('come in the order shard, window, and rejects on their own topic', () => {
    const events = announce({
      seals: [{ manifestName: 'm', manifest: manifest('window', [reject('file_missing', 11)]) }],
    });
    expect(events.map(({ topic, event }) => [topic, event['type']])).toEqual([
      ['tidemark.shards', 'tidemark.shard.created.v1'],
      ['tidemark.shards', 'tidemark.window.sealed.v1'],
      ['tidemark.rejects', 'tidemark.record.rejected.v1'],
    ]);
  });

  it('say that the watermark moved when no window was sealed', () => {
    expect(announce({}).map(({ event }) => event['type'])).toEqual(['tidemark.watermark.advanced.v1']);
  });
});

describe('the event of an adjusted watermark', () => {
  it('fits the schema and says from where to where', () => {
    const move = { from: micros(8 * SECOND), to: micros(4 * SECOND), epoch: 9, time: micros(10 * SECOND) };
    const message = writeAdjusted(names, move);
    const event = JSON.parse(message.value) as Record<string, unknown>;
    expect(eventProblems(event, 'writer')).toEqual([]);
    expect(message).toMatchObject({ topic: 'tidemark.shards', key: 'public.files/1' });
    expect(event['data']).toMatchObject({
      from: '1970-01-01T00:00:08.000000Z',
      watermark: '1970-01-01T00:00:04.000000Z',
    });
  });
});
