import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { ConfigResourceTypes } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogLines } from '../cli/log-lines.ts';
import { expectExactlyOnce } from '../support/exactly-once.ts';
import type { FollowedEvent } from '../support/event-follower.ts';
import { Installation } from '../support/installation.ts';
import { readCommitted } from '../support/java-consumer.ts';
import { KafkaTool } from '../support/kafka-tool.ts';
import { services } from '../support/services/services.ts';

type Child = ReturnType<Installation['start']>;

let installation: Installation;
let tool: KafkaTool;
let uids: string[];
let rowsTopic: string;
let groups: { archive: string; capture: string };

beforeEach(async () => {
  uids = [];
  installation = await Installation.create();
  await installation.succeed(['init']);
  rowsTopic = `${installation.name}.public.files`;
  groups = { archive: `${installation.name}-archive`, capture: `${installation.name}-capture` };
  tool = await KafkaTool.connect((await services()).kafkaBrokers);
});

afterEach(async () => {
  await tool.close();
  await installation.drop();
});

async function insert(count: number): Promise<void> {
  uids.push(...(await installation.insertFiles(count)));
}

function start(command: 'capture' | 'archive'): { child: Child; log: LogLines } {
  const child = installation.start([command, '--log-level', 'debug']);
  return { child, log: new LogLines(child) };
}

async function stop(...running: { child: Child }[]): Promise<void> {
  for (const { child } of running) {
    child.kill('SIGTERM');
    expect(await once(child, 'exit'), installation.logOf(child)).toEqual([0, null]);
  }
}

/** Everything inserted so far is in Kafka. */
async function untilCaptured({ log }: { log: LogLines }): Promise<void> {
  await log.untilMarked(await installation.serverTime());
}

async function untilArchived({ log }: { log: LogLines }): Promise<void> {
  const time = await installation.serverTime();
  await log.until(({ msg, to }) => msg === 'watermark moved' && String(to) >= time);
}

/** The command ends by itself with status 1. @returns what it said to the operator. */
async function refusalOf(child: Child): Promise<string> {
  const [status] = (await once(child, 'exit')) as [number | null];
  const said = installation
    .logOf(child)
    .split('\n')
    .filter((line) => !line.startsWith('{'))
    .join('\n');
  expect(status, installation.logOf(child)).toBe(1);
  return said;
}

/** What ERR_LOG_TRUNCATED says, in its order: archived_until must not move before the snapshot has begun above it. */
async function readTheTableAgain(): Promise<void> {
  await tool.admin.deleteGroups([groups.capture]);
  const capture = start('capture');
  await capture.log.until(({ msg }) => msg === 'snapshot finished');
  await stop(capture);
  await tool.resetToEarliest(groups.archive, rowsTopic);
}

async function goOnToTheEnd(): Promise<void> {
  const capture = start('capture');
  const archive = start('archive');
  await insert(20);
  await untilArchived(archive);
  await stop(archive, capture);
  await expectExactlyOnce(installation, {
    uids,
    isReread: true,
  });
}

/** Rows are archived, and others wait in the topic for an archive that has stopped. @returns the running capture. */
async function captureAheadOfArchive(): Promise<ReturnType<typeof start>> {
  const capture = start('capture');
  const archive = start('archive');
  await insert(20);
  await untilArchived(archive);
  await stop(archive);
  await insert(20);
  await untilCaptured(capture);
  return capture;
}

describe('the topic of the rows', () => {
  it('that lost rows to its retention before they were archived stops the archive, and what it says mends it', async () => {
    const capture = await captureAheadOfArchive();
    await tool.truncate(rowsTopic);

    const said = await refusalOf(start('archive').child);
    expect(said).toMatch(
      /^ERR_LOG_TRUNCATED: public\.files, partition \d: \S+ begins at offset \d+, but rows from \d+ on were not archived yet: up to \d+ records are gone/,
    );
    expect(said).toContain(
      'what to do: In this order: stop capture and archive; `kafka-consumer-groups.sh --delete',
    );

    await stop(capture);
    await readTheTableAgain();
    await goOnToTheEnd();
  });

  it('that begins behind what was archived stops the archive also when the group is gone', async () => {
    const capture = start('capture');
    await insert(20);
    await untilCaptured(capture);
    await tool.truncate(rowsTopic);
    const refused = refusalOf(start('archive').child);
    await untilCaptured(capture);
    expect(await refused).toMatch(
      /^ERR_LOG_TRUNCATED: public\.files, partition \d: the group has no offset, and the log begins at offset \d+ with \S+: rows after \S+, up to where the table is archived, and before that may be missing from it/,
    );
    await stop(capture);
    await readTheTableAgain();
    await goOnToTheEnd();
  });

  it('that is deleted stops both, and with init they go on without a gap', async () => {
    const capture = start('capture');
    const archive = start('archive');
    await insert(20);
    await untilArchived(archive);
    await insert(20);
    const refusals = Promise.all([refusalOf(capture.child), refusalOf(archive.child)]);
    await tool.admin.deleteTopics({ topics: [rowsTopic] });
    const [ofCapture, ofArchive] = await refusals;
    expect(ofCapture).toMatch(
      new RegExp(`^ERR_TOPIC_INVALID: missing: ${rowsTopic}\n  what to do: Run .tidemark init`),
    );
    // Of a partition that was sealing it is told as what has become of that.
    expect(ofArchive).toMatch(
      /^ERR_TOPIC_INVALID: (public\.files, partition \d: )?\S+ does not exist any more: rows that stood there/,
    );
    await insert(20);
    await installation.succeed(['init']);
    await goOnToTheEnd();
  });

  it('that is made anew under a running capture stops the archive with what is gone, and what it says mends it', async () => {
    const capture = await captureAheadOfArchive();
    // Capture must not ask for the topic while it is not there: then it would stop, as above.
    capture.child.kill('SIGSTOP');
    await tool.remake({ topic: rowsTopic, partitions: 2 });
    capture.child.kill('SIGCONT');
    await insert(20);
    await untilCaptured(capture);

    const said = await refusalOf(start('archive').child);
    expect(said).toMatch(
      new RegExp(
        `^ERR_LOG_TRUNCATED: public\\.files, partition \\d: the log begins at offset 0, but mark \\d+ at offset \\d+ says that \\d+ rows were ever sent to it and \\d+ stand before it: the topic was made anew while capture went on, and \\d+ rows are gone from it\n  what to do: In this order: stop capture and archive; delete the topic`,
      ),
    );
    await stop(capture);
    await tool.admin.deleteTopics({ topics: [rowsTopic] });
    await installation.succeed(['init']);
    await goOnToTheEnd();
  });

  it('that is given more partitions stops the archive, and whatever begins then, until the configuration says so', async () => {
    const capture = start('capture');
    const archive = start('archive');
    await insert(20);
    await untilArchived(archive);
    const refused = refusalOf(archive.child);
    await tool.admin.createPartitions({ topicPartitions: [{ topic: rowsTopic, count: 3 }] });
    await insert(20);
    await untilCaptured(capture);
    expect(await refused).toMatch(
      new RegExp(
        `^ERR_TOPIC_INVALID: topic ${rowsTopic} had 2 partitions when this process began and has more now\\. Nothing is lost: their rows wait\n  what to do: Set the partitions of public\\.files in the configuration`,
      ),
    );
    await stop(capture);
    expect(await refusalOf(start('capture').child)).toContain(
      '3 partitions, 2 configured → Set the partitions of this table to 3',
    );
    await insert(20);
    const config = await readFile(installation.configPath, 'utf8');
    await writeFile(installation.configPath, config.replace('partitions: 2', 'partitions: 3'));
    await goOnToTheEnd();
  });

  it('that refuses a row as too large stops capture with what takes it, and nothing is lost', async () => {
    const capture = start('capture');
    await insert(20);
    await untilCaptured(capture);
    const limit = async (bytes: number): Promise<void> => {
      await tool.admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name: rowsTopic,
            // Altering replaces what was set: the retention must stay as long as it was.
            configEntries: [
              { name: 'max.message.bytes', value: String(bytes) },
              { name: 'retention.ms', value: '-1' },
            ],
          },
        ],
      });
    };
    await limit(20_000);
    const refused = refusalOf(capture.child);
    await installation.database.query(
      `INSERT INTO files (uid, file_location) VALUES ('large', '/' || repeat('x', 100000))`,
    );
    expect(await refused).toMatch(
      new RegExp(
        `^ERR_TOPIC_INVALID: commit of capture's transaction: a row of public\\.files that was committed at \\S+ takes 10\\d{4} bytes, more than max\\.message\\.bytes of topic ${rowsTopic} allows\\. Nothing is lost[^]+--entity-name ${rowsTopic} --add-config max\\.message\\.bytes=10\\d{4}`,
      ),
    );
    await limit(16_777_216);
    // Its location is no file: it becomes a reject, as any row without its file does.
    await goOnToTheEnd();
    const { kafkaBrokers } = await services();
    const rejects = await readCommitted({ brokers: kafkaBrokers, topic: `${installation.name}.rejects` });
    expect(rejects.map((line) => (JSON.parse(line) as FollowedEvent).data)).toMatchObject([{ uid: 'large' }]);
  });
});

describe('the offsets of the archive group', () => {
  it('may be deleted with the group: the log is read again and nothing is archived twice', async () => {
    const capture = start('capture');
    const archive = start('archive');
    await insert(20);
    await untilArchived(archive);
    await stop(archive);
    await tool.admin.deleteGroups([groups.archive]);
    // As far behind as it may be: the windows since are sealed, and only the shards know it.
    await installation.database.query(
      `UPDATE des_archive_config SET archived_until = archived_until - interval '1 hour'`,
    );
    await stop(capture);
    await goOnToTheEnd();
  });

  it('may go back, with those of capture, to what they were before: all is read again and nothing is archived twice', async () => {
    const first = [start('archive'), start('capture')] as const;
    await insert(20);
    await untilArchived(first[0]);
    await stop(...first);
    const before = await Promise.all(Object.values(groups).map((group) => tool.offsetsOf(group)));
    const second = [start('archive'), start('capture')] as const;
    await insert(20);
    await untilArchived(second[0]);
    await stop(...second);
    const archivedUntil = await installation.archivedUntil();
    for (const offsets of before) await tool.setOffsets(offsets);
    await goOnToTheEnd();
    expect((await installation.archivedUntil()) > archivedUntil).toBe(true);
  });

  it('may go back to what those of capture were before an earlier loss: its marks begin anew behind those in the log', async () => {
    const first = [start('archive'), start('capture')] as const;
    await insert(20);
    await untilArchived(first[0]);
    await stop(...first);
    const before = await tool.offsetsOf(groups.capture);
    await tool.admin.deleteGroups([groups.capture]);
    const second = [start('archive'), start('capture')] as const;
    await insert(20);
    await untilArchived(second[0]);
    await stop(...second);
    // As if the first run had been long: more marks than since.
    await tool.setOffsets({
      ...before,
      topics: before.topics.map((topic) => ({
        ...topic,
        partitions: topic.partitions.map((partition) => ({
          ...partition,
          metadata: partition.metadata.replace(/"sequence":\d+/, '"sequence":100000'),
        })),
      })),
    });
    await goOnToTheEnd();
  });

  it('stop the archive when another tool has written them, and what it says mends it', async () => {
    const capture = start('capture');
    const archive = start('archive');
    await insert(20);
    await untilArchived(archive);
    await stop(archive, capture);
    await tool.commitForeign(groups.archive, { topic: rowsTopic, offset: '3' });
    const said = await refusalOf(start('archive').child);
    expect(said).toMatch(
      /^ERR_METADATA_INVALID: public\.files, partition \d: the group's offset 3 has metadata that is not ours/,
    );
    expect(said).toContain('kafka-consumer-groups.sh --delete --group NAME-archive');
    await tool.admin.deleteGroups([groups.archive]);

    await tool.commitForeign(groups.capture, { topic: `${installation.name}.shards`, offset: '0' });
    const ofCapture = await refusalOf(start('capture').child);
    expect(ofCapture).toMatch(/^ERR_METADATA_INVALID: capture's position has metadata that is not ours/);
    expect(ofCapture).toContain('Then delete that group');
    await tool.admin.deleteGroups([groups.capture]);
    await goOnToTheEnd();
  });
});
