import type { ClientBase } from 'pg';
import { micros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';

/** The clock of the Postgres server, which every record and mark goes by. */
export async function readServerClock(client: ClientBase): Promise<Micros> {
  const { rows } = await client.query<{ clock: string }>(
    `SELECT floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS clock`,
  );
  return micros(BigInt(rows[0]!.clock));
}
