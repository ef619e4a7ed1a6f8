import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { services } from './services.ts';

export interface FreshDatabase {
  readonly url: string;
  /** Cuts its connections and removes it with its slots and prepared transactions. */
  drop(): Promise<void>;
}

/** @returns `prefix_` and 12 hex digits: a name for a database, role, slot, topic or group that nobody else has. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(6).toString('hex')}`;
}

/** An empty database, on the Postgres of `services()` unless another one is named. */
export async function freshDatabase(server?: string): Promise<FreshDatabase> {
  const postgresUrl = server ?? (await services()).postgresUrl;
  const name = uniqueName('tidemark_test');
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  await withClient(postgresUrl, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  return { url: url.href, drop: () => dropDatabase({ admin: postgresUrl, url: url.href, name }) };
}

export interface ConnectedDatabase extends FreshDatabase {
  /** Ended by {@link drop}. */
  readonly client: pg.Client;
}

/** An empty database and a connection to it. */
export async function connectedDatabase(): Promise<ConnectedDatabase> {
  const database = await freshDatabase();
  const { url } = database;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    ...{ url, client },
    drop: async () => {
      await client.end();
      await database.drop();
    },
  };
}

/** Prepared transactions and slots in use would refuse even DROP DATABASE WITH (FORCE); it removes idle slots. */
async function dropDatabase(options: { admin: string; url: string; name: string }): Promise<void> {
  await withClient(options.url, async (client) => {
    const { rows } = await client.query<{ gid: string }>(
      'SELECT gid FROM pg_prepared_xacts WHERE database = current_database()',
    );
    for (const { gid } of rows) await client.query(`ROLLBACK PREPARED ${pg.escapeLiteral(gid)}`);
  });
  await withClient(options.admin, async (client) => {
    await client.query(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1`, [
      options.name,
    ]);
    await client.query(`DROP DATABASE ${options.name} WITH (FORCE)`);
  });
}

async function withClient(url: string, use: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
