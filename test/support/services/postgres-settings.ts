/** What tests, demo and benchmarks need of a Postgres, whether it runs in Docker or locally. */
export const POSTGRES_SETTINGS: Readonly<Record<string, string>> = {
  wal_level: 'logical',
  max_replication_slots: '20',
  max_wal_senders: '20',
  max_prepared_transactions: '10',
  max_connections: '200',
};

/**
 * Linguistic order, as most databases in production have it: a keyset that mixes SQL's order of uids with ours
 * then fails here and not there.
 */
export const INITDB_FLAGS: readonly string[] = [
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=icu',
  '--icu-locale=en-US',
];
