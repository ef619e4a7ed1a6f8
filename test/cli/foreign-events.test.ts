import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeEvent } from '../../src/cli/describe-event.ts';
import { takePartitionEvent } from '../../src/cli/explain/read-partition-events.ts';
import type { PartitionEvents } from '../../src/cli/explain/read-partition-events.ts';
import { readLoggedReject } from '../../src/cli/logged-rejects.ts';
import { readReject, readSeal } from '../../src/cli/status/recent-events.ts';
import { RecentEvents } from '../../src/log/recent-events.ts';
import { micros } from '../../src/model/micros.ts';
import { runs } from '../support/fuzz-runs.ts';
import { mutatedText } from '../support/mutated.ts';

const SEALED = JSON.stringify({
  ...{ specversion: '1.0', id: 'm#1', source: '/tidemark/t/public.files', type: 'tidemark.window.sealed.v1' },
  ...{ subject: 'm.manifest.json', time: '2026-11-23T05:37:17.000000Z', datacontenttype: 'application/json' },
  data: {
    ...{ table: 'public.files', kind: 'window', partition: 1, watermark: '2026-11-23T05:37:00.000000Z' },
    ledger: { received: 3, archived: 2, duplicates: 0, rejected: 1 },
    shards: [{ name: 's', rows: 2, bytes: 100 }],
  },
});
const REJECTED = JSON.stringify({
  ...{ id: 'r#1', type: 'tidemark.record.rejected.v1', subject: 'x', time: '2026-11-23T05:37:17.000000Z' },
  data: { table: 'public.files', uid: null, reason: 'file_missing', detail: 'no such file' },
});

const LOGGED = JSON.stringify({
  ...{ id: 'r#2', type: 'tidemark.record.rejected.v1', subject: 'x', time: '2026-11-23T05:37:17.000000Z' },
  data: {
    ...{ table: 'public.files', partition: 1, offset: 7, uid: 'a', createdAt: '1970-01-01T00:00:01.000000Z' },
    ...{ fileLocation: null, reason: 'created_at_far_ahead', detail: 'ahead' },
  },
});
const FAILED = JSON.stringify({
  ...{ id: 't#1', type: 'tidemark.partition.failed.v1', subject: 'x', time: '2026-11-23T05:37:17.000000Z' },
  data: {
    ...{ table: 'public.files', partition: 1, process: 'h:1', code: 'ERR_SINK_UNAVAILABLE' },
    ...{ detail: 'full', remedy: 'make room', isFinal: false },
  },
});

/** Anybody may write to the topics of events; whatever stands there must not end a command that reads them. */
const messages = fc.oneof(
  fc.string(),
  fc.json(),
  mutatedText(fc.constantFrom(SEALED, REJECTED, LOGGED, FAILED)),
  // Each field with a value of any kind.
  fc
    .tuple(
      fc.constantFrom(
        'id',
        'type',
        'time',
        'subject',
        'data',
        'ledger',
        'shards',
        'shard',
        'reason',
        'table',
      ),
      fc.jsonValue({ maxDepth: 2 }),
    )
    .map(([key, value]) => {
      const event = JSON.parse(SEALED) as Record<string, unknown>;
      const isOuter = ['id', 'type', 'time', 'subject', 'data'].includes(key);
      const data = event['data'] as Record<string, unknown>;
      return JSON.stringify(
        isOuter ? { ...event, [key]: value } : { ...event, data: { ...data, [key]: value } },
      );
    }),
);

describe('a message on the topics of events', () => {
  it('that is ours is read', () => {
    const report = { kind: 'window', manifest: 'm.manifest.json', archived: 2, rejected: 1, shards: 1 };
    expect(readSeal(SEALED)).toMatchObject({ table: 'public.files', report });
    expect(readReject(REJECTED)).toMatchObject({ table: 'public.files', report: { reason: 'file_missing' } });
    expect(describeEvent(SEALED)).toContain('2 of 3 rows archived');
    expect(readLoggedReject(LOGGED)).toEqual({
      ...{ table: 'public.files', partition: 1, offset: 7, uid: 'a', createdAt: micros(1_000_000) },
      ...{ fileLocation: null, reason: 'created_at_far_ahead', detail: 'ahead' },
    });
    expect(readLoggedReject(REJECTED)).toBeUndefined();
    const stands = new Map<string, PartitionEvents>();
    takePartitionEvent(FAILED, stands);
    expect(stands.get('public.files/1')?.trouble).toMatchObject({
      code: 'ERR_SINK_UNAVAILABLE',
      isFinal: false,
    });
    takePartitionEvent(SEALED, stands);
    expect(stands.get('public.files/1')).toMatchObject({ trouble: null });
  });

  it('is shown, counted or passed over, whoever wrote it and whatever it is', () => {
    fc.assert(
      fc.property(messages, (json) => {
        expect(typeof describeEvent(json)).toBe('string');
        const seal = readSeal(json);
        if (seal !== undefined) expect(Number.isSafeInteger(seal.report.archived)).toBe(true);
        const reject = readReject(json);
        if (reject !== undefined) expect(typeof reject.report.detail).toBe('string');
        expect(typeof new RecentEvents().isNew(json)).toBe('boolean');
        const logged = readLoggedReject(json);
        if (logged !== undefined) expect(Number.isSafeInteger(logged.partition)).toBe(true);
        const stands = new Map<string, PartitionEvents>();
        takePartitionEvent(json, stands);
        for (const key of stands.keys()) expect(key).toMatch(/\/\d+$/);
      }),
      runs(1_000),
    );
  });

  it('is known again by a long id too', () => {
    const recent = new RecentEvents();
    const event = (end: string): string => JSON.stringify({ id: 'x'.repeat(5_000) + end });
    expect([event('a'), event('b'), event('a')].map((json) => recent.isNew(json))).toEqual([
      true,
      true,
      false,
    ]);
  });
});
