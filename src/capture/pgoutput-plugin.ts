import type { Socket } from 'node:net';
import type pg from 'pg';
import type { LogicalReplicationService } from 'pg-logical-replication';
import { quoteIdentifier, quoteLiteral } from './postgres-session.ts';

/** What the service asks of a decoder. The package does not export its `AbstractPlugin` by name. */
type Plugin = Parameters<LogicalReplicationService['subscribe']>[0];

/** The part of `pg`'s connection that the service leaves to us; the types of `pg` leave it out. */
export interface CopyConnection {
  readonly stream: Socket;
  /** CopyDone: we want nothing more. */
  endCopyFrom(): void;
}

export interface PgoutputPluginOptions {
  readonly publication: string;
  /** The connection is there, and START_REPLICATION is about to be sent. */
  readonly onConnected: (connection: CopyConnection, client: pg.Client) => void;
  /** One message; the bytes are valid during the call only. Must not throw: nobody stands above it. */
  readonly onMessage: (message: Buffer) => void;
}

/**
 * Asks for pgoutput in protocol version 1 with logical messages, and hands its messages on as they are: objects for
 * rows that become text anyway would cost half the speed.
 */
export function pgoutputPlugin({ publication, onConnected, onMessage }: PgoutputPluginOptions): Plugin {
  const settings = [
    `proto_version '1'`,
    `publication_names ${quoteLiteral(quoteIdentifier(publication))}`,
    `messages 'true'`,
  ];
  return {
    name: 'pgoutput',
    options: {},
    start: (client: pg.Client, slot: string, startLsn: string) => {
      onConnected((client as unknown as { connection: CopyConnection }).connection, client);
      return client.query(
        `START_REPLICATION SLOT ${quoteIdentifier(slot)} LOGICAL ${startLsn} (${settings.join(', ')})`,
      );
    },
    parse: onMessage,
  };
}
