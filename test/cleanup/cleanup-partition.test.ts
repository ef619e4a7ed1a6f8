import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/base/errors.ts';
import { Events } from '../../src/base/event-map.ts';
import { decodeCleanupNote } from '../../src/cleanup-note.ts';
import { CleanupPartition } from '../../src/cleanup-partition.ts';
import type { CleanupPartitionOptions } from '../../src/cleanup-partition.ts';
import { NOTHING_CLEANED } from '../../src/model/cleanup.ts';
import { micros } from '../../src/model/micros.ts';
import { offset } from '../../src/model/offset.ts';
import { announcement, messageOf } from './announcement.ts';

const HOUR = 3_600_000_000;
const NOW = micros(100 * HOUR);

function createPartition(given: Partial<CleanupPartitionOptions> = {}) {
  const steps: string[] = [];
  const events = new Events();
  const notes: ReturnType<typeof decodeCleanupNote>[] = [];
  const partition = new CleanupPartition({
    ...{ table: 'public.files', partition: 0, afterMicros: HOUR, events },
    readStart: () => Promise.resolve({ next: offset(5), note: '' }),
    clean: (shard) => {
      steps.push(`clean ${shard.name}`);
      return Promise.resolve(NOTHING_CLEANED);
    },
    commit: ({ next, note }) => {
      steps.push(`commit ${next}`);
      notes.push(decodeCleanupNote(note));
      return Promise.resolve();
    },
    waitUntil: (time) => {
      steps.push(`wait ${(time - NOW) / HOUR} h`);
      return Promise.resolve();
    },
    clock: { now: () => NOW },
    ...given,
  });
  return { partition, steps, notes, events };
}

const batch = (...messages: readonly ReturnType<typeof messageOf>[]) => ({ messages });
const old = (name: string, at: number) => messageOf(announcement({ name, time: micros(NOW - 2 * HOUR) }), at);

describe('a partition of announced shards', () => {
  it('is worked on in order, and the offset is committed behind each shard', async () => {
    const { partition, steps, notes } = createPartition();
    expect(await partition.start()).toBe(5);
    await partition.consume(batch(old('a', 5), old('b', 9)));
    expect(steps).toEqual(['clean a', 'commit 6', 'clean b', 'commit 10']);
    expect(notes.at(-1)).toEqual({ doneUntil: '1970-01-05T02:00:00.000000Z', trouble: null });
  });

  it('waits until a shard is old enough', async () => {
    const { partition, steps } = createPartition();
    await partition.start();
    await partition.consume(batch(messageOf(announcement({ name: 'young', time: NOW }), 5)));
    expect(steps).toEqual(['wait 1 h', 'clean young', 'commit 6']);
  });

  it('passes over what announces no shard of its table, and commits that seldom', async () => {
    const { partition, steps } = createPartition();
    await partition.start();
    const foreign = messageOf(announcement({ name: 'x', table: 'public.other', time: micros(0) }), 6);
    await partition.consume(batch({ ...foreign, value: Buffer.from('{') }, foreign));
    await partition.consume(batch(messageOf({ type: 'tidemark.window.sealed.v1' }, 8)));
    expect(steps).toEqual(['commit 7']);
  });

  it('stays where it is while files cannot be removed, and says so with its offset', async () => {
    const { partition, steps, notes } = createPartition({
      clean: async (_, { onFailing }) => {
        await onFailing('2 files of a cannot be removed: EACCES');
        return NOTHING_CLEANED;
      },
    });
    await partition.start();
    await partition.consume(batch(old('a', 5)));
    expect(steps).toEqual(['commit 5', 'commit 6']);
    expect(notes.map(({ trouble }) => trouble)).toEqual(['2 files of a cannot be removed: EACCES', null]);
  });

  it('begins anew after what may pass, and ends with what cannot', async () => {
    const { partition, events, notes, steps } = createPartition();
    const troubles: unknown[] = [];
    events.on('cleanup:troubled', ({ trouble }) => troubles.push(trouble.code));
    await partition.start();
    const away = new TidemarkError('ERR_SINK_UNAVAILABLE', { detail: 'away' });
    expect(partition.onFailure(away).delayMs).toBeGreaterThan(0);
    const corrupt = new TidemarkError('ERR_SHARD_CORRUPT', { detail: 'damaged' });
    expect(() => partition.onFailure(corrupt)).toThrow('damaged');
    expect(troubles).toEqual(['ERR_SINK_UNAVAILABLE']);
    expect(steps).toEqual(['commit 5', 'commit 5']);
    expect(notes.at(-1)?.trouble).toBe('ERR_SHARD_CORRUPT: damaged');
  });

  it('commits nothing of a shard that is cut short', async () => {
    const { partition, steps } = createPartition({
      clean: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('cut short')));
        }),
    });
    await partition.start();
    const consuming = partition.consume(batch(old('a', 5)));
    const ended = expect(consuming).rejects.toThrow('cut short');
    await partition.drain();
    await ended;
    expect(steps).toEqual([]);
  });
});
