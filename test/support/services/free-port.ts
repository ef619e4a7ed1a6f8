import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { workerNumber } from './worker-number.ts';

/**
 * Below the ephemeral range of Linux (32768) and macOS (49152): no outgoing connection can take such a port
 * while its server restarts.
 */
const PORTS = { first: 20_000, past: 32_000 };
const TRIES_MAX = 50;
/** Each worker has ports of its own: the port of a server that is stopped for a while looks free to the others. */
const SHARES = 8;

/** @returns TCP ports on which nothing listened on the loopback interface a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  const share = (PORTS.past - PORTS.first) / SHARES;
  const first = PORTS.first + (workerNumber() % SHARES) * share;
  for (let tries = 0; ports.size < count; tries++) {
    if (tries === TRIES_MAX) throw new Error(`no free TCP port among ${TRIES_MAX} of the loopback interface`);
    const port = randomInt(first, first + share);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const outcome = Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(([error]) => {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
      throw error;
    }),
  ]);
  server.listen({ host: '127.0.0.1', port });
  const free = await outcome;
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}
