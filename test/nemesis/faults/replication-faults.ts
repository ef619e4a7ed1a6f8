import type { Fault } from '../fault.ts';
import { WAL_SENDER_TIMEOUT_MS } from '../world.ts';

/** application_name of the connection that reads the slot. */
const STREAM = 'tidemark-capture stream';

/** Less than any message of pgoutput. */
const BYTES_OF_A_MESSAGE = 10;

export const replicationCut: Fault = {
  name: 'replication-cut',
  what: 'the replication connection breaks in the middle of a message',
  targets: ['postgres'],
  holdMs: [0, 0],
  settleMs: 2_000,
  run: ({ proxy }) => {
    for (const stream of proxy.findAll(STREAM)) stream.cutAfter(BYTES_OF_A_MESSAGE);
    return Promise.resolve(undefined);
  },
};

export const replicationStall: Fault = {
  name: 'replication-stall',
  what: 'the replication connection is half open: nothing passes and nobody is told, until the server gives up on it',
  targets: ['postgres'],
  holdMs: [WAL_SENDER_TIMEOUT_MS + 1_000, WAL_SENDER_TIMEOUT_MS + 5_000],
  settleMs: 2_000,
  run: ({ proxy }) => {
    const streams = proxy.findAll(STREAM);
    for (const stream of streams) stream.stall();
    return Promise.resolve(() => {
      for (const stream of streams) stream.destroy();
    });
  },
};
