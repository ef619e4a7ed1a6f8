/** Started by orphans.kafka.test.ts: starts the servers that its arguments name, prints their pids, and waits to be killed. */
import { startLocalKafka } from './local-kafka.ts';
import { startLocalPostgres } from './local-postgres.ts';

const pids = await Promise.all(
  process.argv.slice(2).map(async (name) => {
    const server = await (name === 'kafka' ? startLocalKafka() : startLocalPostgres());
    return server.pid;
  }),
);
console.log(JSON.stringify(pids));
