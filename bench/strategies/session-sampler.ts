import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

/** Application name of the benchmark's own sessions, which do not count. */
export const BENCH_APPLICATION = 'tidemark-bench';

const EVERY_MS = 100;

export interface SessionCost {
  readonly samples: number;
  /** Most sessions at once, walsenders too. */
  readonly connections: number;
  readonly connectionsActiveMax: number;
  readonly connectionsActiveMean: number;
  /** Samples in which a session waited for a lock of another one. */
  readonly lockWaitSamples: number;
  /** Of the active sessions that were seen, those that waited for reading, writing or syncing. */
  readonly ioWaitSessionShare: number;
}

export interface SessionSampler {
  stop(): Promise<SessionCost>;
}

interface Sample {
  readonly connected: number;
  readonly active: number;
  readonly lock: number;
  readonly io: number;
}

const SAMPLE = `
  SELECT count(*)::int AS connected,
         count(*) FILTER (WHERE state = 'active')::int AS active,
         count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS lock,
         count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'IO')::int AS io
  FROM pg_stat_activity
  WHERE backend_type IN ('client backend', 'walsender') AND application_name <> '${BENCH_APPLICATION}'`;

/** Looks at the sessions of the server ten times a second. @param client used by nobody else meanwhile. */
export function sampleSessions(client: pg.Client): SessionSampler {
  const end = new AbortController();
  const samples: Sample[] = [];
  const done = (async () => {
    while (!end.signal.aborted) {
      const { rows } = await client.query<Sample>(SAMPLE);
      samples.push(...rows);
      await delay(EVERY_MS, undefined, { signal: end.signal }).catch(() => undefined);
    }
  })();
  done.catch(() => undefined);
  return {
    stop: async () => {
      end.abort();
      await done;
      return summary(samples);
    },
  };
}

function summary(samples: readonly Sample[]): SessionCost {
  const sum = (pick: (sample: Sample) => number): number =>
    samples.reduce((total, one) => total + pick(one), 0);
  const most = (pick: (sample: Sample) => number): number =>
    samples.reduce((max, one) => Math.max(max, pick(one)), 0);
  const active = sum((one) => one.active);
  return {
    samples: samples.length,
    connections: most((one) => one.connected),
    connectionsActiveMax: most((one) => one.active),
    connectionsActiveMean: active / Math.max(1, samples.length),
    lockWaitSamples: samples.filter((one) => one.lock > 0).length,
    ioWaitSessionShare: sum((one) => one.io) / Math.max(1, active),
  };
}
