import { once } from 'node:events';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import type { Consumer } from 'kafkajs';
import { Client } from 'pg';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { computeExplanation } from '../../src/cli/explain/compute-explanation.ts';
import type { Cause, CauseCode, Explanation } from '../../src/cli/explain/explanation.ts';
import { gatherFacts } from '../../src/cli/explain/gather-facts.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { encodeMark } from '../../src/log/encode-record.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import { readPartitionMarks } from '../../src/log/partition-marks.ts';
import { MICROS_PER_SECOND, parseMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { Installation } from '../support/installation.ts';
import { readConsole } from '../support/console-state.ts';
import { services } from '../support/services/services.ts';
import { tidemark } from './command.ts';
import { LogLines } from './log-lines.ts';

/** One installation is broken in one way after the other; every test leaves it as the next one needs it. */
let installation: Installation;
let follower: EventFollower;
let running: { child: ReturnType<Installation['start']>; log: LogLines; ended: Promise<unknown[]> };
const cleanups: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  await installation.drop();
});

function start(command: string, env: Record<string, string> = {}): void {
  const child = installation.start([command, '--log-level', 'debug'], env);
  running = { child, log: new LogLines(child), ended: once(child, 'exit') };
}

async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  running.child.kill(signal);
  await running.ended;
}

/** @param options.inSeconds asks as if it were that much later: what is not due now is late then. */
async function explain(
  options: { inSeconds?: number; at?: string; config?: string } = {},
): Promise<Explanation> {
  const config = loadConfig({ path: options.config ?? installation.configPath, env: {} });
  const now = parseMicros(options.at ?? (await installation.serverTime()))!;
  const asked = (now + (options.inSeconds ?? 0) * MICROS_PER_SECOND) as Micros;
  return computeExplanation(config.name, await gatherFacts(config, { now: () => asked }));
}

/** The console, asked at the same time, names these causes that explain has named, with the same remedies. */
async function expectInConsole({ at }: Explanation, named: readonly Cause[]): Promise<void> {
  expect(named).not.toEqual([]);
  const config = loadConfig({ path: installation.configPath, env: {} });
  const { causes } = await readConsole(config, { now: () => parseMicros(at)! });
  for (const { code, table, partition, holds, remedy } of named)
    expect(causes).toContainEqual(expect.objectContaining({ code, table, partition, holds, remedy }));
}

function find({ causes }: Explanation, code: CauseCode): Cause[] {
  return causes.filter((cause) => cause.code === code);
}

const codesOf = ({ causes }: Explanation) => causes.map(({ code }) => code);

/** The configuration with other lines. */
async function variant(name: string, changes: readonly (readonly [RegExp, string])[]): Promise<string> {
  let text = await readFile(installation.configPath, 'utf8');
  for (const [from, to] of changes) {
    expect(text).toMatch(from);
    text = text.replace(from, to);
  }
  const path = join(installation.folder, `${name}.yaml`);
  await writeFile(path, text);
  return path;
}

async function untilArchived(): Promise<string> {
  await installation.insertFiles(4);
  const time = await installation.serverTime();
  await follower.untilWatermark(time);
  return time;
}

describe('tidemark explain', () => {
  it('says that nobody captures and nobody archives', async () => {
    installation = await Installation.create();
    await installation.insertFiles(30);
    await installation.succeed(['init']);
    follower = await installation.follow();
    cleanups.push(() => follower.close());
    const soon = await explain({ inSeconds: 60 });
    expect(codesOf(soon)).toEqual(['capture-down', 'no-member']);
    expect(soon.causes[0]).toMatchObject({
      holds: true,
      remedy: expect.stringContaining('tidemark capture') as string,
    });
    await expectInConsole(soon, soon.causes);
    const { status, stdout } = await installation.run(['explain']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^\d\. capture-down/m);
    expect(stdout).toMatch(/^\d\. no-member/m);
  });

  it('says that the snapshot is under way, and does not miss capture meanwhile', async () => {
    start('capture', { TIDEMARK_FAILPOINTS: 'snapshot:page-sent=stop' });
    await running.log.until(({ msg }) => msg === 'rows committed');
    const found = await explain({ inSeconds: 60 });
    expect(find(found, 'snapshot')).toMatchObject([
      { detail: expect.stringContaining('30 so far') as string, holds: true },
    ]);
    expect(codesOf(found)).not.toContain('capture-down');
    await stop('SIGKILL');
  });

  it('says that nothing stands in the way when nothing does, with status 0', async () => {
    start('run');
    const at = await untilArchived();
    const found = await explain({ at });
    expect(found.causes).toEqual([]);
    expect(found.tables).toMatchObject([{ table: 'public.files' }]);
    // Under another lag no window is late, however busy the machine is.
    const calm = await variant('calm', [
      [/lag: 1s/, 'lag: 1h'],
      [/interval: 200ms/, 'interval: 30s'],
      [/^kafka:/m, 'kafka:\n  retentionMargin: 6d'],
    ]);
    const { status, out, err } = await tidemark(['explain', '--config', calm]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(/public\.files {2}nothing: next window due in \d/);
  });

  it('names the transactions that hold the marks back: open ones by pid and user, prepared ones by name', async () => {
    const url = loadConfig({ path: installation.configPath, env: {} }).postgres.url;
    const client = new Client({ connectionString: url, application_name: 'nightly job' });
    await client.connect();
    // A prepared transaction outlives its session, and would keep every other test from making a slot.
    onTestFinished(async () => {
      await client.end();
      await rollBackPrepared();
    });
    await client.query(
      `BEGIN; INSERT INTO files VALUES ('prepared', now(), '/x', 1); PREPARE TRANSACTION 'left over'`,
    );
    await client.query('BEGIN');
    const { rows } = await client.query<{ pid: number; user: string }>(
      'SELECT pg_backend_pid() AS pid, current_user AS user',
    );
    await running.log.until(
      ({ msg, clock, markTime }) =>
        msg === 'mark emitted' &&
        parseMicros(String(clock))! - parseMicros(String(markTime))! > 8 * MICROS_PER_SECOND,
    );
    const found = await explain();
    const [prepared, open] = find(found, 'transaction');
    expect(prepared).toMatchObject({
      detail: expect.stringContaining('prepared transaction "left over"') as string,
      remedy: expect.stringContaining(`ROLLBACK PREPARED 'left over'`) as string,
    });
    expect(open).toMatchObject({
      holds: true,
      detail: expect.stringMatching(
        new RegExp(
          `^pid ${rows[0]!.pid} of user ${rows[0]!.user}, application "nightly job" .* \\(idle in transaction\\)`,
        ),
      ) as string,
      remedy: expect.stringContaining(`SELECT pg_terminate_backend(${rows[0]!.pid})`) as string,
    });
    await expectInConsole(found, [prepared!, open!]);
    await client.query('COMMIT');
    await rollBackPrepared();
    expect(find(await explain({ at: await untilArchived() }), 'transaction')).toEqual([]);
  });

  it('names the source root that fails, then the sink, and forgets both once a commit came through', async () => {
    const uids = await installation.insertFiles(2);
    await breakFolder(installation.sourceFolder);
    await installation.database.query(
      `INSERT INTO files SELECT 'again ' || uid, now(), file_location, size_bytes FROM files WHERE uid = ANY($1)`,
      [uids],
    );
    await expectFailing('ERR_SOURCE_UNAVAILABLE');
    await breakFolder(installation.sinkFolder);
    await mendFolder(installation.sourceFolder);
    const failing = await expectFailing('ERR_SINK_UNAVAILABLE');
    await expectInConsole(
      failing,
      failing.causes.filter(({ detail }) => detail.startsWith('ERR_SINK_UNAVAILABLE')),
    );
    await mendFolder(installation.sinkFolder);
    // It would go on by itself; a new process does not wait so long before it tries.
    await stop('SIGKILL');
    start('run');
    expect(find(await explain({ at: await untilArchived() }), 'partition-failing')).toEqual([]);
  });

  it('misses the row of des_archive_config', async () => {
    const { rows } = await installation.database.query<{ row: string }>(
      'DELETE FROM des_archive_config RETURNING row_to_json(des_archive_config)::text AS row',
    );
    expect(find(await explain(), 'row-missing')).toMatchObject([{ remedy: 'tidemark init' }]);
    await installation.database.query(
      'INSERT INTO des_archive_config SELECT * FROM json_populate_record(NULL::des_archive_config, $1)',
      [rows[0]!.row],
    );
  });

  it('says which server is away, and what the other one shows all the same', async () => {
    const noPostgres = await variant('no-postgres', [[/url: postgres.*/, 'url: postgres://x@127.0.0.1:1/x']]);
    const found = await explain({ config: noPostgres });
    expect(found.causes[0]).toMatchObject({ code: 'postgres-away', holds: true });
    expect(found.tables[0]!.watermark).not.toBeNull();
    const noKafka = await variant('no-kafka', [[/brokers:\n\s+- .*/, 'brokers: ["127.0.0.1:1"]']]);
    const other = await explain({ config: noKafka });
    expect(codesOf(other)).toEqual(['kafka-away']);
    expect(other.tables[0]!.watermark).not.toBeNull();
  });

  it('names the ledger that was refused, after the process has ended', async () => {
    await stop();
    start('archive');
    await sendFalseMark();
    expect(await running.ended).toEqual([1, null]);
    const found = await explain();
    expect(found.causes[0]).toMatchObject({
      code: 'archive-stopped',
      partition: 0,
      detail: expect.stringMatching(
        /^ERR_LEDGER_UNBALANCED: .*5 are missing from the log.*the process ended/,
      ) as string,
    });
    expect(codesOf(found)).toContain('no-member');
  });

  it('names a member that has the partitions and commits nothing', async () => {
    start('capture');
    const member = await joinGroup();
    await untilMarked();
    const found = await explain({ inSeconds: 120 });
    expect(codesOf(found)).not.toContain('no-member');
    expect(find(found, 'member-silent')).toMatchObject([
      { partition: 1, holds: true, detail: expect.stringContaining('idle member') as string },
    ]);
    await member.disconnect();
  });

  it('names a partition that was added, which capture leaves without marks and no member has', async () => {
    const { kafkaBrokers } = await services();
    const member = await joinGroup();
    const admin = new Kafka({ brokers: kafkaBrokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const topic = `${installation.name}.public.files`;
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    await admin.disconnect();
    await untilMarked();
    const found = await explain();
    expect(found.causes[0]).toMatchObject({
      code: 'topic-invalid',
      detail: expect.stringContaining('3 partitions, 2 configured') as string,
    });
    expect(find(found, 'partition-silent')).toMatchObject([{ partition: 2 }]);
    expect(find(found, 'partition-unassigned')).toMatchObject([{ partition: 2 }]);
    await member.disconnect();
  });

  it('says that the slot is lost, and what capture lacks besides', async () => {
    await stop();
    await installation.database.query('SELECT pg_drop_replication_slot($1)', [installation.name]);
    await installation.database.query(`DROP PUBLICATION ${installation.name}`);
    const found = await explain();
    expect(find(found, 'slot-lost')).toMatchObject([
      { remedy: expect.stringContaining('tidemark init') as string },
    ]);
    expect(find(found, 'requirement-missing')).toMatchObject([
      { detail: expect.stringContaining('it does not exist') as string, remedy: 'tidemark init' },
    ]);
    await expectInConsole(found, [...find(found, 'slot-lost'), ...find(found, 'requirement-missing')]);
  });

  it('says that a topic is missing', async () => {
    const other = await variant('other', [[/^name: .*/m, `name: ${installation.name}-x`]]);
    const found = await explain({ config: other });
    expect(find(found, 'topic-invalid').map(({ remedy }) => remedy)).toEqual([
      ...['tidemark init', 'tidemark init', 'tidemark init'],
    ]);
  });
});

async function rollBackPrepared(): Promise<void> {
  const { rows } = await installation.database.query<{ gid: string }>(
    'SELECT gid FROM pg_prepared_xacts WHERE database = current_database()',
  );
  for (const { gid } of rows) await installation.database.query(`ROLLBACK PREPARED '${gid}'`);
}

/** Puts a file where a folder was: what cannot be mistaken for an empty one. */
async function breakFolder(folder: string): Promise<void> {
  await rename(folder, `${folder}.away`);
  await writeFile(folder, '');
}

async function mendFolder(folder: string): Promise<void> {
  await rm(folder);
  await rename(`${folder}.away`, folder);
}

async function expectFailing(code: string): Promise<Explanation> {
  await follower.until((events) => events.some(({ data }) => data['code'] === code));
  const found = await explain();
  expect(find(found, 'partition-failing')).toContainEqual(
    expect.objectContaining({
      table: 'public.files',
      detail: expect.stringMatching(new RegExp(`^${code}: .*tries again by itself`)) as string,
    }),
  );
  return found;
}

/** Waits until a mark of this moment is in Kafka. */
async function untilMarked(): Promise<void> {
  await running.log.untilMarked(await installation.serverTime());
}

/** A mark that says that five rows more were sent than arrived: what a log that lost rows looks like. */
async function sendFalseMark(): Promise<void> {
  const { kafkaBrokers } = await services();
  const topic = `${installation.name}.public.files`;
  const kafka = createKafkaClient({ brokers: kafkaBrokers, clientId: 'test', events: new Events() });
  const [admin, producer] = [kafka.admin(), kafka.producer()];
  await Promise.all([admin.connect(), producer.connect()]);
  const needed = [null, null];
  const [first] = await readPartitionMarks({ kafka, admin, topic, purpose: 'test', needed });
  const { last } = first!;
  const value = encodeMark({ ...last!, sequence: last!.sequence + 1, rows: 5 });
  await producer.send({ topic, messages: [{ partition: 0, key: null, value }] });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
}

/** A process that is in the archive's group, answers its heartbeats and does nothing. */
async function joinGroup(): Promise<Consumer> {
  const { kafkaBrokers } = await services();
  const kafka = new Kafka({ brokers: kafkaBrokers, clientId: 'idle member', logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${installation.name}-archive`, sessionTimeout: 10_000 });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.connect();
  await consumer.subscribe({ topic: `${installation.name}.public.files` });
  await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
  await joined;
  cleanups.push(() => consumer.disconnect());
  return consumer;
}
