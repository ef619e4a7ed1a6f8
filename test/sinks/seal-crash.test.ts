import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSink } from '../../src/sinks/open-sink.ts';
import { createSealer } from '../../src/sinks/sealer.ts';
import { verifyShards } from '../../src/sinks/read/verify-shards.ts';
import { collect } from './support/collect.ts';
import type { SealJob } from './support/seal-child.ts';
import { request, sealerDefaults } from './support/seal-request.ts';
import { createWorkspace } from './support/workspace.ts';

const CHILD = join(import.meta.dirname, 'support/seal-child.ts');

/** The second pass of a shard's failpoints too: then one shard has its name already. */
const STEPS = [
  'sink:swept',
  'shard:temp-written',
  'shard:fsynced',
  'shard:renamed',
  'shard:synced',
  'shard:temp-written=kill@2',
  'shard:renamed=kill@2',
  'manifest:fsynced',
  'manifest:renamed',
  'manifest:written',
];

describe('a process killed while it seals', () => {
  for (const step of STEPS)
    test(`at ${step} leaves nothing that keeps the next one from making the same bytes`, async () => {
      const work = createWorkspace();
      const rows = ['one', 'two', 'three', 'four'].map((uid) => work.row(uid, `content of ${uid}`));
      const seal = async (archive: string) => {
        const sink = openSink(`file://${archive}`);
        const sealer = createSealer({ ...sealerDefaults({ ...work, sink }), filesMax: 2 });
        await sealer.seal(request(rows), new AbortController().signal);
        await sealer.close();
      };
      const job: SealJob = { rows, root: work.root, archive: work.archive };
      const { signal } = spawnSync(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(job)], {
        env: { ...process.env, TIDEMARK_FAILPOINTS: step.includes('=') ? step : `${step}=kill` },
      });
      expect(signal).toBe('SIGKILL');

      await seal(work.archive);
      expect(readdirSync(join(work.archive, '.tidemark-tmp'), { withFileTypes: true })).toEqual([]);
      const undisturbed = join(work.folder, 'undisturbed');
      await seal(undisturbed);
      expect(contents(work.archive)).toEqual(contents(undisturbed));
      expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
    });
});

/** Every file below a folder, by its path. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length), readFileSync(path, 'base64')]),
  );
}
