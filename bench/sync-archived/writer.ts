import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { SyncStand } from './sync-stand.ts';

const CLIENTS = 2;
/** Between two statements of a client: a server that is busy and not full. */
const PAUSE_MS = 2;

/**
 * Writers of the table: inserts, and UPDATEs of old rows, which may be those that are being set.
 *
 * @returns milliseconds that each statement took, from the begin of `act` to its end.
 */
export async function writerLatencies(stand: SyncStand, act: () => Promise<void>): Promise<number[]> {
  const latencies: number[] = [];
  let isOver = false;
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    const connection = new pg.Client({ connectionString: stand.url });
    await connection.connect();
    try {
      for (let turn = 0; !isOver; turn++) {
        const startedMs = performance.now();
        if (turn % 2 === 0) await insert(connection, `new-${startedMs}-${client}-${turn}`);
        else await touch(connection, stand.rows);
        latencies.push(performance.now() - startedMs);
        await delay(PAUSE_MS);
      }
    } finally {
      await connection.end();
    }
  });
  try {
    await act();
  } finally {
    isOver = true;
    await Promise.all(clients);
  }
  return latencies;
}

async function insert(connection: pg.Client, uid: string): Promise<void> {
  await connection.query(
    `INSERT INTO files (uid, created_at, file_location) VALUES ($1, now(), '/data/new')`,
    [uid],
  );
}

async function touch(connection: pg.Client, rows: number): Promise<void> {
  const uid = `file-${String(1 + Math.floor(Math.random() * rows)).padStart(9, '0')}`;
  await connection.query('UPDATE files SET size_bytes = size_bytes + 1 WHERE uid = $1', [uid]);
}
