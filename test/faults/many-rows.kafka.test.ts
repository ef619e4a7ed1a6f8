import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifests } from '../support/archive-contents.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { Installation } from '../support/installation.ts';
import { eitherForm } from '../support/long-form.ts';

const ROWS = eitherForm({ short: 200_000, long: 1_000_000 });
const TRANSACTIONS = 100_000;

/** Less than what the rows take: all of them in memory, in either half of the process, would end it. */
const HEAP_MB = 96;

let installation: Installation;
let follower: EventFollower;
let running: ReturnType<Installation['start']>;

beforeAll(async () => {
  installation = await Installation.create({
    payload: 'row',
    table: { window: { size: '1s', bytesMax: '8MiB' } },
    ddl: `CREATE TABLE files (uid text PRIMARY KEY, created_at timestamptz DEFAULT now(), file_location text, size_bytes bigint)`,
  });
  await installation.succeed(['init', '--from', 'now']);
  follower = await installation.follow();
  running = installation.start(['run'], { NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` });
  await follower.untilWatermark(await installation.serverTime());
});

afterAll(async () => {
  await follower.close();
  await installation.drop();
});

/** How often each number occurs among the uids that begin so, as a line of `zstd -dc SHARD | grep` each. */
async function countArchived(prefix: string, count: number): Promise<Uint8Array> {
  const times = new Uint8Array(count + 1);
  for (const { shards } of await readManifests(installation.sinkFolder)) {
    for (const { name } of shards) {
      const tar = spawn('tar', ['--zstd', '-xOf', join(installation.sinkFolder, name), 'rows.ndjson']);
      for await (const line of createInterface({ input: tar.stdout })) {
        const { uid } = JSON.parse(line) as { uid: string };
        if (uid.startsWith(prefix)) times[Number(uid.slice(prefix.length))]!++;
      }
    }
  }
  return times;
}

/** True when every number from 1 on occurs once. */
function isOnceEach(times: Uint8Array): boolean {
  return times[0] === 0 && times.subarray(1).every((count) => count === 1);
}

describe('in bounded memory, each row once', () => {
  it(`of one transaction of ${ROWS} rows`, async () => {
    await installation.database.query(
      `INSERT INTO files (uid, file_location) SELECT 'one-' || i, repeat('x', 100) FROM generate_series(1, ${ROWS}) i`,
    );
    await follower.untilWatermark(await installation.serverTime());
    expect(isOnceEach(await countArchived('one-', ROWS))).toBe(true);
    expect(running.exitCode).toBeNull();
  });

  it(`of ${TRANSACTIONS} transactions of one row`, async () => {
    await installation.database.query(`SET synchronous_commit = off`);
    await installation.database.query(`
      DO $$ BEGIN
        FOR i IN 1..${TRANSACTIONS} LOOP
          INSERT INTO files (uid, created_at) VALUES ('many-' || i, clock_timestamp());
          COMMIT;
        END LOOP;
      END $$`);
    await follower.untilWatermark(await installation.serverTime());
    expect(isOnceEach(await countArchived('many-', TRANSACTIONS))).toBe(true);
    running.kill('SIGTERM');
    expect(await once(running, 'exit'), installation.logOf(running)).toEqual([0, null]);
  });
});
