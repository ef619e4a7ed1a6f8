import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { zstdVersion } from '../../src/sinks/zstd.ts';
import { createWorkspace } from '../sinks/support/workspace.ts';
import { goldenRows } from './golden-seal.ts';

const FOLDER = join(import.meta.dirname, 'shards');

/** Other bytes are another format. TIDEMARK_GOLDEN=write makes the files anew; say why in the commit. */
for (const payload of ['file', 'row'] as const)
  test(`a shard and its manifest with payload ${payload} have the bytes that they always had`, async () => {
    expect(zstdVersion()).toBe('1.5.7');
    const work = createWorkspace();
    const { manifest, manifestName } = await work.seal(goldenRows(work.root), { payload, frameBytes: 8192 });
    const made = {
      [`payload-${payload}.tar.zst`]: readFileSync(join(work.archive, manifest.shards[0]!.name)),
      [`payload-${payload}.manifest.json`]: readFileSync(join(work.archive, manifestName)),
    };
    for (const [name, bytes] of Object.entries(made)) {
      const path = join(FOLDER, name);
      if (process.env['TIDEMARK_GOLDEN'] === 'write') writeFileSync(path, bytes);
      expect(existsSync(path), `${name} is checked in`).toBe(true);
      expect(bytes.equals(readFileSync(path)), name).toBe(true);
    }
  });
