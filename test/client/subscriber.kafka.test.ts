import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedShards } from '../../examples/subscribe/shard-store.ts';
import { createSubscriber, listManifests, openShard, openSink } from '../../src/client.ts';
import type { DeliveryStream, Subscriber, SubscriberOptions } from '../../src/client.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { eventProblems } from '../support/event-schemas.ts';
import { Installation } from '../support/installation.ts';
import { pythonTools } from '../support/python-tools.ts';
import { REPOSITORY } from '../support/repository.ts';
import { uniqueName } from '../support/services/fresh.ts';
import { SubscriberProgram } from './subscriber-program.ts';
import { advanced } from './told.ts';

const PYTHON_PACKAGES = ['confluent-kafka==2.16.1', 'zstandard==0.25.0'];
/** Of the example of the client, whose place in its group is held for two seconds; of the other one. */
const KILLS = [2, 4];

let installation: Installation;
let follower: EventFollower;
const subscribers: Subscriber[] = [];

beforeAll(async () => {
  installation = await Installation.create({});
  await installation.succeed(['init', '--from', 'now']);
  installation.start(['run']);
  follower = await installation.follow();
});

afterAll(async () => {
  await Promise.all(subscribers.map((subscriber) => subscriber.close()));
  await follower.close();
  await installation.drop();
});

function subscribe(options: Partial<SubscriberOptions> = {}): Subscriber {
  const subscriber = createSubscriber({
    kafka: { brokers: installation.kafkaBrokers },
    ...{ name: installation.name, table: 'public.files', groupId: uniqueName('group'), from: 'beginning' },
    ...{ sessionTimeoutMs: 2_000, ...options },
  });
  subscribers.push(subscriber);
  return subscriber;
}

/** Values of a stream up to one of which this holds; all of them done. */
async function collect<T>(stream: DeliveryStream<T>, isLast: (value: T) => boolean): Promise<T[]> {
  const values: T[] = [];
  for await (const { value, done } of stream) {
    values.push(value);
    await done();
    if (isLast(value)) break;
  }
  return values;
}

/** Inserts some files and waits until they are archived. @returns up to where. */
async function archiveMore(count: number): Promise<string> {
  await installation.insertFiles(count);
  const until = await installation.serverTime();
  await follower.untilWatermark(until);
  return until;
}

const created = () =>
  follower
    .ofType('tidemark.shard.created.v1')
    .map(({ data }) => data['shard'] as { name: string; rows: number });

describe('programs that follow an archive and are killed while it writes', () => {
  it('have every shard once, with its rows: the example of the client, and the one without Tidemark', async () => {
    const [lines, database] = ['store.jsonl', 'store.sqlite'].map((name) => join(installation.folder, name));
    const python = join(pythonTools('subscribe', PYTHON_PACKAGES), 'python');
    const example = (name: string) => join(REPOSITORY, 'examples/subscribe', name);
    const archive = [installation.kafkaBrokers.join(','), installation.name];
    const sink = `file://${installation.sinkFolder}`;
    const programs = [
      [process.execPath, '--import', 'tsx', example('follow-shards.ts'), ...archive, sink, lines!],
      [python, example('follow_shards.py'), ...archive, installation.sinkFolder, database!],
    ].map((command) => new SubscriberProgram(command));

    const killAndGoOn = async (program: SubscriberProgram, which: number): Promise<void> => {
      program.start();
      for (let kill = 0; kill < KILLS[which]!; kill++) {
        const before = program.printed.length;
        await program.until(({ length }) => length > before + kill);
        await program.kill();
        program.start();
      }
    };
    let isKilling = true;
    const killing = Promise.all(programs.map(killAndGoOn)).finally(() => (isKilling = false));
    while (isKilling) await archiveMore(20);
    await killing;
    await archiveMore(20);

    const expected = created();
    const names = expected.map(({ name }) => name).sort();
    // One that was killed between its store and its print has printed nothing of that shard; the last one comes after the kills.
    const last = expected.at(-1)!.name;
    for (const program of programs) {
      await program.until((printed) => printed.includes(last));
      expect(await program.terminate()).toMatchObject({ status: 0 });
    }
    const rows = await uidsOfTable();
    const stored = storedShards(readFileSync(lines!, 'utf8'));
    expect(stored.map(({ name }) => name).sort()).toEqual(names);
    expect(stored.flatMap(({ uids }) => uids).sort()).toEqual(rows);
    const dump =
      'import json,sqlite3,sys;print(json.dumps(sqlite3.connect(sys.argv[1]).execute("SELECT name, uids FROM shards").fetchall()))';
    const kept = JSON.parse(execFileSync(python, ['-c', dump, database!], { encoding: 'utf8' })) as [
      string,
      string,
    ][];
    expect(kept.map(([name]) => name).sort()).toEqual(names);
    expect(kept.flatMap(([, uids]) => JSON.parse(uids) as string[]).sort()).toEqual(rows);
  });

  async function uidsOfTable(): Promise<string[]> {
    const { rows } = await installation.database.query<{ uid: string }>('SELECT uid FROM files');
    return rows.map(({ uid }) => uid).sort();
  }
});

describe('the windows of a table', () => {
  it('come complete, in order, each shard in one of them; what was not done comes again, what was done does not', async () => {
    await archiveMore(20);
    const sink = openSink(`file://${installation.sinkFolder}`);
    const groupId = uniqueName('windows');
    const first = subscribe({ groupId }).windows();
    const seen: string[] = [];
    for (let count = 0; count < 3; count++) {
      const { value: delivery } = await first.next();
      seen.push(delivery!.value.window.end);
      if (count < 2) await delivery!.done();
    }
    await first.close();
    const last = (await manifestEnds(sink)).at(-1)!;
    const rest = await collect(subscribe({ groupId }).windows(), ({ window }) => window.end >= last);
    expect(rest[0]!.window.end).toBe(seen[2]);
    const ends = [...seen.slice(0, 2), ...rest.map(({ window }) => window.end)];
    expect(ends).toEqual(await manifestEnds(sink));
    const all = await collect(subscribe().windows(), ({ window }) => window.end >= last);
    expect(all.flatMap(({ shards }) => shards.map(({ name }) => name)).sort()).toEqual(
      created()
        .map(({ name }) => name)
        .sort(),
    );
  });

  /** Of the windows that have shards or rejects, each once. */
  async function manifestEnds(sink: ReturnType<typeof openSink>): Promise<string[]> {
    const ends = new Set<string>();
    for await (const { name } of listManifests(sink)) ends.add(endOf(name));
    return [...ends].sort();
  }

  function endOf(manifest: string): string {
    const [, y, m, d, h, min, s] = /\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-p/.exec(manifest)!;
    return `${y}-${m}-${d}T${h}:${min}:${s}.000000Z`;
  }
});

describe('the watermark of a table', () => {
  it('rises when the last partition has sealed, from the first time that was asked for on', async () => {
    const example = join(REPOSITORY, 'examples/subscribe/watch-windows.ts');
    const archive = [installation.kafkaBrokers.join(','), installation.name, 'public.files'];
    const watching = new SubscriberProgram([process.execPath, '--import', 'tsx', example, ...archive]);
    watching.start();
    const before = await archiveMore(1);
    const until = await archiveMore(1);
    const moved = await collect(
      subscribe({ from: { window: before } }).watermark(),
      ({ watermark }) => watermark >= until,
    );
    const windows = new Set(created().map(({ name }) => name.slice(0, name.indexOf('-p'))));
    const marks = moved.map(({ watermark }) => watermark);
    expect(marks[0]! > before).toBe(true);
    expect(marks).toEqual([...new Set(marks)].sort());
    expect(moved.slice(1).map(({ from }) => from)).toEqual(marks.slice(0, -1));
    // The example says so too, and has said of each window with rows that it is complete.
    await watching.until((lines) =>
      lines.some((line) => line.startsWith('archived') && line.slice(-27) >= until),
    );
    await watching.until(
      (lines) => lines.filter((line) => line.startsWith('window ')).length >= windows.size,
    );
    expect(await watching.terminate()).toEqual({ status: 0, stderr: '' });
  });
});

describe('the events of a real run', () => {
  it('fit the published schemas, and have no member that is not published', () => {
    expect(follower.events.length).toBeGreaterThan(0);
    expect(follower.events.flatMap((event) => eventProblems(event, 'writer'))).toEqual([]);
  });
});

describe('the package', () => {
  it('has the client under its own name, for plain Node', () => {
    const script = `process.stdout.write(typeof (await import('tidemark/client')).createSubscriber)`;
    const args = ['--input-type=module', '-e', script];
    expect(execFileSync(process.execPath, args, { cwd: REPOSITORY, encoding: 'utf8' })).toBe('function');
  });
});

describe('a stream from now on', () => {
  it('brings again what was not done, and whoever says so too late is told', async () => {
    const options = { groupId: uniqueName('now'), from: 'now' } as const;
    const first = subscribe(options).shards();
    const pulled = first.next();
    await archiveMore(5);
    const delivery = (await pulled).value!;
    await first.close();
    await expect(delivery.done()).rejects.toMatchObject({ code: 'ERR_FENCED' });
    const again = (await subscribe(options).shards().next()).value!;
    expect(again.value.id).toBe(delivery.value.id);
    const shard = await openShard(`file://${installation.sinkFolder}`, again.value.data.shard);
    const files: string[] = [];
    for await (const { uid } of shard.files()) files.push(uid);
    expect(files).toHaveLength(again.value.data.shard.rows);
  });
});

describe('events of aborted transactions that overlap', () => {
  it('are not delivered', async () => {
    const name = uniqueName('aborted');
    const topic = `${name}.shards`;
    const kafka = new Kafka({ brokers: [...installation.kafkaBrokers], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    const producers = ['a', 'b'].map((id) =>
      kafka.producer({ transactionalId: `${name}-${id}`, idempotent: true, maxInFlightRequests: 1 }),
    );
    await Promise.all(producers.map((producer) => producer.connect()));
    const send = (to: { send: (typeof producers)[0]['send'] }, watermark: number) =>
      to.send({
        topic,
        messages: [0, 1].map((partition) => ({ value: JSON.stringify(advanced({ partition, watermark })) })),
      });
    const [a, b] = await Promise.all(producers.map((producer) => producer.transaction()));
    await send(a!, 1);
    await send(b!, 2);
    // The later one ends first, so the broker's list has it first.
    await b!.abort();
    await a!.abort();
    const good = await producers[0]!.transaction();
    await send(good, 3);
    await good.commit();
    const stream = subscribe({ name }).watermark();
    expect((await stream.next()).value!.value.watermark).toBe('1970-01-01T00:00:03.000000Z');
    await stream.close();
    await Promise.all([...producers, admin].map((client) => client.disconnect()));
  });
});
