import type { Socket } from 'node:net';
import type pg from 'pg';

/** The types of `pg` leave out what every client of it has. */
interface ConnectedClient {
  readonly connection: { readonly stream: Socket };
  readonly processID: number | null;
}

export function socketOf(client: pg.Client): Socket {
  return (client as unknown as ConnectedClient).connection.stream;
}

/** Process id of the session's backend, as pg_stat_activity has it; 0 before there is one. */
export function backendPidOf(client: pg.Client): number {
  return (client as unknown as ConnectedClient).processID ?? 0;
}
