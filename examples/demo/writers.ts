import { randomUUID } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { CorpusFile } from './corpus.ts';
import { seededRandom } from './random.ts';
import type { Random } from './random.ts';
import { chooseTransaction } from './row-plan.ts';
import type { FilePlan, TransactionPlan } from './row-plan.ts';

export interface WriteCounts {
  /** Rows whose transaction was committed. */
  committed: number;
  rolledBack: number;
  /** Of the committed ones: stamped far in the past. */
  late: number;
  /** Of the committed ones: a file that cannot be archived. */
  bad: number;
  longTransactions: number;
}

export interface Writers {
  readonly counts: Readonly<WriteCounts>;
  /** Rejects as soon as one client fails. */
  readonly done: Promise<void>;
  /** Every client finishes its transaction; resolves when all have gone. */
  stop(): Promise<void>;
}

export interface WriterOptions {
  readonly databaseUrl: string;
  readonly sourceFolder: string;
  readonly corpus: readonly CorpusFile[];
  readonly writers: number;
  readonly rowsPerSecond: number;
  readonly seed: number;
}

/** Several clients that write files and insert their rows, at a steady rate together, until told to stop. */
export function startWriters(options: WriterOptions): Writers {
  const counts: WriteCounts = { committed: 0, rolledBack: 0, late: 0, bad: 0, longTransactions: 0 };
  const end = new AbortController();
  const pace = { msPerRow: (1_000 * options.writers) / options.rowsPerSecond, signal: end.signal };
  const clients = Array.from({ length: options.writers }, (_, index) =>
    writeUntilStopped({ options, counts, pace, random: seededRandom(options.seed + index) }),
  );
  const done = Promise.all(clients).then(() => undefined);
  done.catch(() => end.abort());
  return {
    counts,
    done,
    stop: () => {
      end.abort();
      return done;
    },
  };
}

interface ClientContext {
  readonly options: WriterOptions;
  readonly counts: WriteCounts;
  readonly pace: { readonly msPerRow: number; readonly signal: AbortSignal };
  readonly random: Random;
}

async function writeUntilStopped(context: ClientContext): Promise<void> {
  const client = new pg.Client({ connectionString: context.options.databaseUrl, application_name: 'demo' });
  await client.connect();
  const { msPerRow, signal } = context.pace;
  let due = Date.now();
  try {
    while (!signal.aborted) {
      const plan = chooseTransaction(context.random);
      await runTransaction({ client, plan, context });
      due = Math.max(due + plan.files.length * msPerRow, Date.now() - 5_000);
      await pause(due - Date.now(), signal);
    }
  } finally {
    await client.end();
  }
}

async function runTransaction(step: {
  client: pg.Client;
  plan: TransactionPlan;
  context: ClientContext;
}): Promise<void> {
  const { client, plan, context } = step;
  const { counts } = context;
  await client.query('BEGIN');
  for (const file of plan.files) {
    await insertRow({ client, row: await writeSourceFile(file, context), lateSeconds: plan.lateSeconds });
  }
  if (plan.kind === 'long') await pause(plan.openMs, context.pace.signal);
  await client.query(plan.kind === 'rolled-back' ? 'ROLLBACK' : 'COMMIT');
  if (plan.kind === 'rolled-back') {
    counts.rolledBack += plan.files.length;
    return;
  }
  counts.committed += plan.files.length;
  counts.bad += plan.files.filter((file) => file !== 'good').length;
  if (plan.kind === 'late') counts.late += plan.files.length;
  if (plan.kind === 'long') counts.longTransactions += 1;
}

export interface NewRow {
  readonly uid: string;
  readonly fileLocation: string;
  readonly sizeBytes: number;
}

/** Puts the row's file where the plan wants it, if anywhere. */
export async function writeSourceFile(
  plan: FilePlan,
  context: Pick<ClientContext, 'random'> & { options: Pick<WriterOptions, 'corpus' | 'sourceFolder'> },
): Promise<NewRow> {
  const { corpus, sourceFolder } = context.options;
  const original = corpus[context.random.between(0, corpus.length - 1)];
  if (original === undefined) throw new Error('the corpus is empty');
  const uid = randomUUID();
  // A row must not be able to make the archiver read what it should not.
  if (plan === 'outside') return { uid, fileLocation: '/etc/passwd', sizeBytes: original.sizeBytes };
  const folder = join(sourceFolder, uid.slice(0, 2));
  const fileLocation = join(folder, uid);
  if (plan === 'missing') return { uid, fileLocation, sizeBytes: original.sizeBytes };
  await mkdir(folder, { recursive: true });
  await copyFile(original.path, fileLocation);
  return { uid, fileLocation, sizeBytes: original.sizeBytes + (plan === 'wrong-size' ? 1 : 0) };
}

export async function insertRow(step: {
  client: pg.Client;
  row: NewRow;
  lateSeconds: number;
}): Promise<void> {
  const { uid, fileLocation, sizeBytes } = step.row;
  await step.client.query(
    `INSERT INTO files (uid, created_at, file_location, size_bytes)
     VALUES ($1, now() - make_interval(secs => $2), $3, $4)`,
    [uid, step.lateSeconds, fileLocation, sizeBytes],
  );
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return;
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
