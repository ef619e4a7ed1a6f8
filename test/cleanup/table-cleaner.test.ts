import type { Admin } from 'kafkajs';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { parseConfig } from '../../src/config/load-config.ts';
import { encodeProgress } from '../../src/log/progress-codec.ts';
import { offset } from '../../src/model/offset.ts';
import type { Progress } from '../../src/model/progress.ts';
import { TableCleaner } from '../../src/table-cleaner.ts';
import { createCleaningRig } from '../sinks/cleanup/cleaning-rig.ts';

test('a shard whose window is not committed keeps its files, until it is', async () => {
  const rig = createCleaningRig();
  const { manifest } = await rig.seal([rig.row('a', 'a')], { name: { partition: 1 } });
  const config = parseConfig({
    text: `
postgres: { url: postgres://user@host/db }
kafka: { brokers: [host:9092] }
sink: { url: "file://${rig.archive}" }
tables:
  - name: public.files
    source: { roots: ["${rig.root}"] }
cleanup: { roots: ["${rig.root}"] }`,
    path: 'tidemark.yaml',
    env: {},
  });
  let committed: string | null = null;
  // As much of an admin client as is asked: what the archive's group has committed for two partitions.
  const admin = {
    fetchOffsets: () =>
      Promise.resolve([
        {
          partitions: [
            { partition: 0, offset: '5', metadata: progressUntil(manifest.window.end + 1) },
            { partition: 1, offset: committed === null ? '-1' : '5', metadata: committed },
          ],
        },
      ]),
  } as unknown as Admin;
  const cleaner = new TableCleaner({
    ...{ config, table: config.tables[0]!, sink: rig.sink, admin, isDryRun: false },
    ...{ clock: systemClock, events: rig.events },
  });
  const clean = () =>
    cleaner.clean(
      { ...manifest.shards[0]!, ...manifest, time: manifest.window.end },
      { signal: new AbortController().signal, onFailing: () => Promise.resolve() },
    );
  await expect(clean()).rejects.toMatchObject({ code: 'ERR_SHARD_UNCOMMITTED' });
  committed = progressUntil(manifest.window.end - 1);
  await expect(clean()).rejects.toMatchObject({ code: 'ERR_SHARD_UNCOMMITTED' });
  expect(rig.left()).toEqual(['f0']);
  committed = progressUntil(manifest.window.end);
  expect(await clean()).toMatchObject({ removedFiles: 1 });
  expect(rig.left()).toEqual([]);
});

function progressUntil(watermark: number): string {
  return encodeProgress({
    ...{ offset: offset(5), watermark: watermark as Progress['watermark'], position: offset(5) },
    ...{ epoch: 1, rowsSealed: 1, early: [], audit: null },
  });
}
