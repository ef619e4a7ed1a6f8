import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { archiveSha256 } from './archive-in.ts';
import { makeFilesTable, timesOf } from './files-table.ts';
import type { FilesTableSpec } from './files-table.ts';
import { startPostgresMeter } from './postgres-cost.ts';
import {
  endedChildrenCpuMs,
  machineShares,
  machineTimes,
  ownProgramCpuMs,
  treeCpuMs,
} from './process-cost.ts';
import { sampleSessions } from './session-sampler.ts';
import { warmCache } from './source-files.ts';
import type { SourceFiles } from './source-files.ts';
import type { StrategyCost } from './strategy-cost.ts';
import type { Strategy, StrategyStand } from './strategy.ts';
import { startStrategyServer } from './strategy-server.ts';
import type { StrategyServer } from './strategy-server.ts';

export interface MeasureOptions {
  readonly strategy: Strategy;
  readonly table: Omit<FilesTableSpec, 'isMarked'>;
  readonly batchRows: number;
  readonly windowSize: string;
  readonly workers: number;
  readonly files: SourceFiles;
  /** For the folder of the run. */
  readonly work: string;
  readonly kafkaBrokers: readonly string[];
}

/** One strategy over the whole table, in a fresh database, with the files in the cache and a checkpoint before. */
export async function measureStrategy(options: MeasureOptions): Promise<StrategyCost> {
  const { strategy, table, batchRows, windowSize, workers, files, kafkaBrokers } = options;
  const folder = join(options.work, 'run');
  mkdirSync(folder);
  const server = await startStrategyServer(strategy.walLevel);
  try {
    const { url, client } = server;
    await makeFilesTable(client, { ...table, isMarked: strategy.isMarking }, files);
    const { rows } = table;
    const times = timesOf(rows);
    const shape = { rows, batchRows, windowSize, workers };
    const stand = { url, client, folder, files, ...shape, times, kafkaBrokers };
    await strategy.prepare(stand);
    warmCache(files);
    const cost = await metered(server, strategy, stand);
    if (cost.files !== rows) throw new Error(`${cost.files} of ${rows} rows were archived`);
    return cost;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function metered(
  server: StrategyServer,
  strategy: Strategy,
  stand: StrategyStand,
): Promise<StrategyCost> {
  const postgres = await startPostgresMeter(server.client);
  const sessions = sampleSessions(server.samplingClient);
  const before = cpuTimes(server);
  const run = await strategy.run(stand);
  const after = cpuTimes(server);
  const sessionCost = await sessions.stop();
  const postgresCost = await postgres.stop();
  const { cpu, ioWait } = machineShares(before.machine, after.machine);
  const { selectFiles, updateFiles, updateWatermark } = postgresCost.statements;
  return {
    ...run,
    // What the tool does not tell is the time in the server.
    selectMs: run.selectMs ?? selectFiles.ms,
    updateMs: run.updateMs ?? updateFiles.ms + updateWatermark.ms,
    ...postgresCost,
    ...sessionCost,
    cpuShare: cpu,
    ioWaitShare: ioWait,
    toolCpuMs: after.tool - before.tool,
    postgresCpuMs: after.postgres - before.postgres,
    kafkaCpuMs: strategy.usesKafka && after.kafka !== null ? after.kafka - (before.kafka ?? 0) : null,
    archiveSha256: archiveSha256(stand.folder),
  };
}

function cpuTimes(server: StrategyServer) {
  return {
    machine: machineTimes(),
    tool: endedChildrenCpuMs(),
    postgres: treeCpuMs(server.pid),
    kafka: ownProgramCpuMs('java'),
  };
}
