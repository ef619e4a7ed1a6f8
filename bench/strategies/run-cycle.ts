import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { builtCli } from '../../test/support/built-cli.ts';
import type { Strategy, StrategyRun, StrategyStand } from './strategy.ts';
import { writeTidemarkConfig } from './tidemark-config.ts';

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** What `tidemark run-cycle --json` prints, of which this is read. */
interface CycleOutput {
  readonly files: number;
  readonly shards: number;
  readonly shardBytes: number;
  readonly durationMs: number;
  readonly phases: {
    readonly selectMs: number;
    readonly validateMs: number | null;
    readonly packMs: number;
    readonly updateMs: number;
  };
}

/** One UPDATE of one row for all that is due. */
export const watermarkStrategy: Strategy = {
  isMarking: false,
  walLevel: 'replica',
  usesKafka: false,
  prepare: prepareCycle,
  run: (stand) => runCycle(stand, ['--strategy', 'watermark']),
};

/** Every record is marked, a batch at a time. */
export const perRecordStrategy: Strategy = {
  isMarking: true,
  walLevel: 'replica',
  usesKafka: false,
  prepare: prepareCycle,
  run: (stand) => runCycle(stand, ['--strategy', 'per-record', '--batch', String(stand.batchRows)]),
};

/** The table of one row in the form in which most have it, without names of tables. */
async function prepareCycle(stand: StrategyStand): Promise<void> {
  writeTidemarkConfig(stand, 'bench');
  await stand.client.query(
    'CREATE TABLE des_archive_config (id integer PRIMARY KEY, archived_until timestamp NOT NULL, lag_days integer NOT NULL)',
  );
  await stand.client.query('INSERT INTO des_archive_config VALUES (1, $1, 1)', [stand.times.start]);
}

async function runCycle(stand: StrategyStand, flags: readonly string[]): Promise<StrategyRun> {
  const args = [builtCli(), 'run-cycle', ...flags, '--now', stand.times.now, '--json'];
  const began = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: stand.folder,
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  const totalMs = performance.now() - began;
  const { files, shards, shardBytes, durationMs, phases } = JSON.parse(stdout) as CycleOutput;
  return { totalMs, insideMs: durationMs, ...phases, files, shards, shardBytes };
}
