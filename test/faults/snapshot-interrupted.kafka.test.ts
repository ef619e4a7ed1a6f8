import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { CaptureRig, endOf, spawnCapture, startCapture } from '../support/capture-rig.ts';
import { expectBalancedMarks } from '../support/mark-audit.ts';
import { Random, SEED } from '../support/seed.ts';
import { services } from '../support/services/services.ts';

const OLD_ROWS = 3_000;
const PAGES = 100;
/** However the numbers fall, the last interruption still meets the snapshot. */
const PAGES_BETWEEN_MAX = 8;

/** Each once, in an order that the seed gives. */
const KILLS_AT = [
  'snapshot:leg-opened',
  'snapshot:page-sent',
  'capture:rows-sent',
  'capture:position-sent',
  'capture:committed',
] as const;

const GENTLER_ENDS = ['stop', 'drain', 'cut'] as const;
const INTERRUPTIONS = KILLS_AT.length * 2;

let rig: CaptureRig;

afterEach(() => rig.close());

/** Inserts among the rows of the snapshot, before and behind them and where no mark covers, until told to end. */
async function write(random: Random, uids: string[], enough: AbortSignal): Promise<void> {
  while (!enough.aborted) {
    const uid = `new-${uids.length}`;
    const ageSeconds = random.between(-5, OLD_ROWS + 300);
    await rig.sql.query(
      random.chance(0.05)
        ? `INSERT INTO files (uid, created_at) VALUES ($1, 'infinity')`
        : `INSERT INTO files (uid, created_at) VALUES ($1, now() - ${ageSeconds} * interval '1 s')`,
      [uid],
    );
    uids.push(uid);
    await turn();
  }
}

async function kill(failpoint: string): Promise<void> {
  expect(await endOf(spawnCapture(rig.setup, failpoint))).toBe('SIGKILL');
}

/** Lets a snapshot come so many pages far, and ends it there. */
async function interrupt(how: (typeof GENTLER_ENDS)[number], pages: number): Promise<void> {
  const capture = startCapture(rig.setup);
  await new Promise<void>((resolve) => {
    let seen = 0;
    capture.events.on('snapshot:progressed', () => {
      if (++seen >= pages) resolve();
    });
  });
  if (how === 'cut') {
    await rig.sql.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND application_name ^@ 'tidemark-capture '`,
    );
  }
  await (how === 'drain' ? capture.stage.drain() : capture.stage.stop());
}

it(`a snapshot that is interrupted ${INTERRUPTIONS} times while writers go on sends each row once`, async () => {
  // One of its own each: the writer goes on meanwhile, and the interruptions must follow from the seed alone.
  const [random, writer] = [new Random(SEED), new Random(SEED + 1)];
  rig = await CaptureRig.create({
    services: await services(),
    limits: { snapshotPageRowsMax: OLD_ROWS / PAGES },
    ddl: `CREATE TABLE files (uid text PRIMARY KEY, created_at timestamptz DEFAULT now(), file_location text, size_bytes bigint);
      INSERT INTO files (uid, created_at) SELECT 'old-' || i, now() - i * interval '1 s' FROM generate_series(1, ${OLD_ROWS}) i`,
  });
  const uids = Array.from({ length: OLD_ROWS }, (_, i) => `old-${i + 1}`);
  const written: string[] = [];
  const enough = new AbortController();
  const writing = write(writer, written, enough.signal);
  const left: string[] = [...KILLS_AT];
  while (left.length > 0) {
    const [point] = left.splice(random.between(0, left.length - 1), 1);
    const pages = point === 'snapshot:leg-opened' ? 1 : random.between(1, PAGES_BETWEEN_MAX);
    await kill(`${point}=kill@${pages}`);
    await interrupt(random.pick(GENTLER_ENDS), random.between(1, PAGES_BETWEEN_MAX));
  }
  enough.abort();
  await writing;
  const last = startCapture(rig.setup);
  await rig.insert(['after']);
  await rig.readAll();
  await last.stage.drain();
  const found = rig.reader.entries
    .map(({ entry }) => (entry.kind === 'mark' ? null : entry.uid))
    .filter((uid) => uid !== null);
  expect(found.sort()).toEqual([...uids, ...written, 'after'].sort());
  expectBalancedMarks(rig);
});
