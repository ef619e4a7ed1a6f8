import { systemClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/event-map.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { CycleReport, CycleStrategy } from '../../src/model/cycle.ts';
import { parseMicros } from '../../src/model/micros.ts';
import { createCycle } from '../../src/pipeline.ts';
import { NO_PROBES } from '../../src/serve/metrics-options.ts';
import { createMetrics } from '../../src/serve/metrics.ts';
import { Installation } from './installation.ts';
import type { InstallationOptions } from './installation.ts';

/** No broker listens there: the batch path must not ask for one. */
const NO_KAFKA = ['127.0.0.1:1'];

/** Both tables in exactly the form of the seed's watermark approach: times without a zone, no names, no further column. */
const SEED_TABLES = `
  CREATE TABLE files (
    uid VARCHAR(255) PRIMARY KEY, created_at TIMESTAMP NOT NULL, file_location TEXT NOT NULL, size_bytes BIGINT);
  CREATE TABLE des_archive_config (
    id INTEGER PRIMARY KEY, archived_until TIMESTAMP NOT NULL, lag_days INTEGER NOT NULL)`;

/** That of its per-record approach, with the index that Postgres has instead of one inside of CREATE TABLE. */
const SEED_RECORDS = `
  CREATE TABLE files (
    uid VARCHAR(255) PRIMARY KEY, created_at TIMESTAMP NOT NULL, file_location TEXT NOT NULL, size_bytes BIGINT,
    archived BOOLEAN DEFAULT FALSE NOT NULL);
  CREATE INDEX idx_files_created_archived ON files (created_at, archived) WHERE archived = FALSE`;

/** One cycle as an operator would run it, and what its metrics said afterwards. */
export interface FinishedCycle {
  readonly report: CycleReport;
  readonly metrics: string;
}

/** An installation of one of the seed's two forms, archived by cycles in this process. */
export class CycleRig {
  readonly installation: Installation;
  readonly #strategy: CycleStrategy;

  private constructor(installation: Installation, strategy: CycleStrategy) {
    this.installation = installation;
    this.#strategy = strategy;
  }

  static async create(strategy: CycleStrategy, options: InstallationOptions = {}): Promise<CycleRig> {
    const installation = await Installation.create({
      kafkaBrokers: NO_KAFKA,
      ddl: strategy === 'watermark' ? SEED_TABLES : SEED_RECORDS,
      windowSize: '1d',
      ...options,
      table: { lag: undefined, lateness: undefined, ...options.table },
    });
    return new CycleRig(installation, strategy);
  }

  /** Files of `count` rows, evenly over the days behind `from`. */
  insertFiles(count: number, { from, days, prefix = 'f' }: { from: string; days: number; prefix?: string }) {
    const step = `interval '1 microsecond' * (split_part(f.uid, '-', 2)::int + 1) * ${(days * 86_400_000_000) / count}`;
    return this.installation.insertFiles(count, { prefix, createdAt: `timestamp '${from}' + ${step}` });
  }

  /** @throws what the cycle fails with. */
  async run(options: { now: string; batchRows?: number; dryRun?: boolean }): Promise<FinishedCycle> {
    const config = loadConfig({ path: this.installation.configPath, env: {} });
    const events = new Events();
    const metrics = createMetrics({
      ...{ events, clock: systemClock, probes: NO_PROBES },
      tables: config.tables.map(({ id, window, lagMicros }) => ({
        ...{ id, lagMicros },
        sizeMicros: window.sizeMicros,
      })),
    });
    const reports: CycleReport[] = [];
    const { batchRows = 1_000, dryRun = false, now } = options;
    await createCycle({
      ...{ config, events, tables: config.tables, batchRows, dryRun, toolVersion: '0.0.0-test' },
      ...{ strategy: this.#strategy, everyMs: null, onReport: (report) => reports.push(report) },
      clock: { now: () => parseMicros(now)! },
    }).run();
    return { report: reports[0]!, metrics: await metrics.metrics() };
  }

  async query<T extends object>(text: string): Promise<T[]> {
    return (await this.installation.database.query<T>(text)).rows;
  }

  async count(condition: string): Promise<number> {
    const [row] = await this.query<{ n: number }>(`SELECT count(*)::int AS n FROM files WHERE ${condition}`);
    return row!.n;
  }

  drop(): Promise<void> {
    return this.installation.drop();
  }
}
