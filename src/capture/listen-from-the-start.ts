import type pg from 'pg';
import type { LogicalReplicationService } from 'pg-logical-replication';

/**
 * Hears what the service's client reports before the service does, which listens from when the login is over: an
 * error in one piece with the login's last message would be heard by nobody and end the process. Whoever uses the
 * connection next gets a rejection.
 *
 * To be called when `subscribe` has been: the client is there in the next turn, before its socket is connected.
 */
export function listenFromTheStart(service: LogicalReplicationService): void {
  setImmediate(() => {
    const { _client: client } = service as unknown as { readonly _client: pg.Client | null };
    client?.on('error', () => undefined);
  });
}
