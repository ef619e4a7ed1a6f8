import pg from 'pg';
import { startLocalPostgres } from '../../test/support/services/local-postgres.ts';
import { BENCH_APPLICATION } from './session-sampler.ts';

export interface StrategyServer {
  readonly url: string;
  readonly pid: number;
  /** Two sessions of the benchmark's own: one to measure, one to sample. */
  readonly client: pg.Client;
  readonly samplingClient: pg.Client;
  stop(): Promise<void>;
}

/**
 * A fresh Postgres with nothing in it, always one of this machine: the comparison reads the times of its processes,
 * and needs settings that a server which runs already may not have.
 *
 * Its defaults stay, checkpoints and autovacuum too, but for a cache that a real server would have, the counters, and
 * WAL that is kept until pg_walinspect has read it. Only the stream pays for `wal_level = logical`.
 */
export async function startStrategyServer(walLevel: 'replica' | 'logical'): Promise<StrategyServer> {
  const server = await startLocalPostgres({
    settings: {
      wal_level: walLevel,
      shared_buffers: '1GB',
      wal_keep_size: '32GB',
      shared_preload_libraries: 'pg_stat_statements',
      track_io_timing: 'on',
      track_wal_io_timing: 'on',
    },
  });
  const clients: pg.Client[] = [];
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: server.url, application_name: BENCH_APPLICATION });
    await client.connect();
    clients.push(client);
    return client;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.end()));
    await server.stop();
  };
  try {
    const client = await connect();
    for (const extension of ['pg_stat_statements', 'pg_walinspect', 'pgstattuple'])
      await client.query(`CREATE EXTENSION ${extension}`);
    return { url: server.url, pid: server.pid, client, samplingClient: await connect(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
