import type { Fault } from '../fault.ts';
import { withClient } from '../source-table.ts';

const away = { targets: ['postgres'], holdMs: [500, 4_000], settleMs: 4_000 } as const;

export const postgresHalt: Fault = {
  ...away,
  name: 'postgres-halt',
  what: 'the server is shut down cleanly and started again',
  run: async ({ postgres }) => {
    await postgres.halt();
    return () => postgres.restart();
  },
};

export const postgresKill: Fault = {
  ...away,
  name: 'postgres-kill',
  what: 'SIGKILL to the server, which recovers from its log when it is started again',
  run: async ({ postgres }) => {
    await postgres.kill();
    return () => postgres.restart();
  },
};

export const terminateBackends: Fault = {
  ...away,
  name: 'terminate-backends',
  what: 'pg_terminate_backend for every connection of Tidemark',
  holdMs: [0, 0],
  settleMs: 2_000,
  run: async ({ postgres }) => {
    await withClient(postgres.url, (client) =>
      client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tidemark%'`,
      ),
    );
    return undefined;
  },
};
