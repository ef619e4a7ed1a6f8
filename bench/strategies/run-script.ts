import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { archiveIn } from './archive-in.ts';
import type { Strategy } from './strategy.ts';

const SCRIPT = join(import.meta.dirname, 'archive-script.sh');

/** What archive-script.sh prints. */
interface ScriptOutput {
  readonly selectUs: number;
  readonly packUs: number;
  readonly updateUs: number;
  readonly files: number;
}

/** The peer: psql, tar and zstd in a loop. Its times hold the starts of these programs, as in real life. */
export const scriptStrategy: Strategy = {
  isMarking: true,
  walLevel: 'replica',
  usesKafka: false,
  prepare: () => Promise.resolve(),
  run: async (stand) => {
    const began = performance.now();
    const { stdout } = await promisify(execFile)('bash', [
      ...[SCRIPT, stand.url, String(stand.batchRows), stand.folder, stand.times.end],
    ]);
    const totalMs = performance.now() - began;
    const { selectUs, packUs, updateUs, files } = JSON.parse(stdout) as ScriptOutput;
    return {
      totalMs,
      insideMs: null,
      selectMs: selectUs / 1_000,
      updateMs: updateUs / 1_000,
      packMs: packUs / 1_000,
      validateMs: null,
      files,
      ...archiveIn(stand.folder),
    };
  },
};
