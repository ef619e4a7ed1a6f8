import { readFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { initialise } from '../../src/cli/initialise.ts';
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load-config.ts';
import { freshDatabase, uniqueName } from '../support/services/fresh.ts';
import { services } from '../support/services/services.ts';

export type Role = 'capture' | 'archive' | 'reader';

/** A database with an initialised archive, and the roles of deploy/sql/roles.sql for it. */
export interface RoleRig {
  /** As the superuser. */
  readonly config: Config;
  configOf(role: Role): Config;
  nameOf(role: Role): string;
  /** As the superuser. */
  sql(text: string): Promise<void>;
  drop(): Promise<void>;
}

export async function createRoleRig(): Promise<RoleRig> {
  const database = await freshDatabase();
  const { kafkaBrokers } = await services();
  const name = uniqueName('check');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`CREATE TABLE files (uid varchar(255) PRIMARY KEY, created_at timestamptz NOT NULL,
    file_location text NOT NULL, size_bytes bigint)`);
  await client.query('CREATE INDEX ON files (created_at)');
  const config = configFor({ url: database.url, name, brokers: kafkaBrokers });
  await initialise({ config, begin: 'oldest' });
  const nameOf = (role: Role): string => `${name}_${role}`;
  await client.query(rolesSql({ database: new URL(database.url).pathname.slice(1), nameOf }));
  return {
    config,
    nameOf,
    configOf: (role) => {
      const url = new URL(database.url);
      [url.username, url.password] = [nameOf(role), PASSWORD];
      return { ...config, postgres: { ...config.postgres, url: url.href } };
    },
    sql: async (text) => {
      await client.query(text);
    },
    drop: async () => {
      const roles = (['capture', 'archive', 'reader'] as const).map(nameOf);
      for (const role of roles) await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      await client.end();
      await database.drop();
    },
  };
}

/** Of every role. */
export const PASSWORD = 'least-privilege';

/** deploy/sql/roles.sql as users run it, with psql's variables filled in. */
export function rolesSql(options: { database: string; nameOf: (role: Role) => string }): string {
  const variables: Record<string, string> = { database: options.database, schema: 'public', table: 'files' };
  for (const role of ['capture', 'archive', 'reader'] as const) {
    variables[`${role}_role`] = options.nameOf(role);
    variables[`${role}_password`] = PASSWORD;
  }
  return readFileSync(new URL('../../deploy/sql/roles.sql', import.meta.url), 'utf8')
    .replace(/^--.*$/gm, '')
    .replace(/:"(\w+)"/g, (_, name: string) => pg.escapeIdentifier(variables[name]!))
    .replace(/:'(\w+)'/g, (_, name: string) => pg.escapeLiteral(variables[name]!));
}

function configFor(options: { url: string; name: string; brokers: readonly string[] }): Config {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-check-'));
  const text = JSON.stringify({
    name: options.name,
    postgres: { url: options.url },
    kafka: { brokers: options.brokers },
    sink: { url: `file://${folder}/archive` },
    tables: [{ name: 'public.files', window: { size: '1m' }, lag: '5m', source: { roots: [folder] } }],
  });
  return parseConfig({ text, path: 'test', env: {} });
}
