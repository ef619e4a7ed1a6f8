import type { PostgresCost } from './postgres-cost.ts';
import type { SessionCost } from './session-sampler.ts';
import type { StrategyRun } from './strategy.ts';

/** Everything that one strategy cost: an object of the JSON file. Times are milliseconds, shares between 0 and 1. */
export interface StrategyCost extends StrategyRun, PostgresCost, SessionCost {
  /** Of the whole machine while it ran, over all of its processors. */
  readonly cpuShare: number;
  readonly ioWaitShare: number;
  /** CPU time of the tool with all that it started, of Postgres, and of Kafka; null where it took no part, or is not ours. */
  readonly toolCpuMs: number;
  readonly postgresCpuMs: number;
  readonly kafkaCpuMs: number | null;
  /** Equal for equal archives. */
  readonly archiveSha256: string;
}
