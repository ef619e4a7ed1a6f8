import type { Admin, Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import { readTableLag } from '../../src/log/lag.ts';
import type { TableLag } from '../../src/log/lag.ts';
import { PartitionCommitter } from '../../src/log/partition-committer.ts';
import { retryHeaders } from '../../src/log/retry-header.ts';
import { ensureTopics } from '../../src/log/topics.ts';
import { TransactionalWriter } from '../../src/log/transactional-writer.ts';
import { LSN_ZERO } from '../../src/model/lsn.ts';
import { MICROS_PER_DAY, micros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { offset } from '../../src/model/offset.ts';
import { partitionOf } from '../../src/model/partition.ts';
import type { Progress } from '../../src/model/progress.ts';
import type { CapturedRow } from '../../src/model/row.ts';
import { describeGroup } from '../support/consumer-group-tool.ts';
import { uniqueName } from '../support/services/fresh.ts';
import { services } from '../support/services/services.ts';

const TABLE = 'public.files';
const NOW = micros(Date.now() * 1_000);
const PARTITIONS = 2;
/** Old enough to be archived after seven days; rows wait for six of them in Kafka. */
const TIMES = { holdMicros: 6 * MICROS_PER_DAY, lagMicros: 7 * MICROS_PER_DAY, sizeMicros: MICROS_PER_DAY };

const name = uniqueName('lag');
const topic = `${name}.${TABLE}`;
const groupId = `${name}-archive`;
let [brokers, kafka, admin, writer]: [string[], Kafka, Admin, TransactionalWriter] = [] as never;
let sequence = 0;

/** Those of a dozen rows that stand in a partition. */
const uidsOf = (prefix: string, partition: number): string[] =>
  Array.from({ length: 12 }, (_, index) => `${prefix}-${index}`).filter(
    (uid) => partitionOf(Buffer.from(keyOf(uid)), PARTITIONS) === partition,
  );

const keyOf = (uid: string): string => `{"uid":"${uid}"}`;

const daysAgo = (days: number): Micros => (NOW - days * MICROS_PER_DAY) as Micros;

/** Twelve rows in one Kafka transaction, with a mark of that server clock behind them or without. */
async function write(prefix: string, days: number, { isMarked = true } = {}): Promise<void> {
  const clock = daysAgo(days);
  const rows = Array.from({ length: 12 }, (_, index): CapturedRow => {
    const uid = `${prefix}-${index}`;
    const place = { table: TABLE, op: 'c' as const, lsn: LSN_ZERO, txId: 1, committedAt: clock };
    return { ...place, keyJson: keyOf(uid), afterJson: `{"uid":"${uid}"}` };
  });
  if (isMarked) sequence += 1;
  const tables = new Map([[TABLE, { time: clock, clock }]]);
  const mark = isMarked ? { epoch: 1, sequence, lsn: LSN_ZERO, tables } : null;
  const position = { lsn: LSN_ZERO, ordinal: 0, epoch: 1, sequence, time: clock, snapshots: new Map() };
  await writer.write({ rows, mark, position });
}

async function commit(partition: number, progress: Partial<Progress>): Promise<void> {
  const committer = new PartitionCommitter({ kafka, admin, groupId, topic, partition });
  await committer.open();
  const nothing = { offset: offset(0), watermark: daysAgo(30), position: offset(0), epoch: 1, rowsSealed: 0 };
  await committer.commit({ messages: [], progress: { ...nothing, early: [], audit: null, ...progress } });
  await committer.close();
}

const readLag = (): Promise<TableLag> =>
  readTableLag({ brokers, clientId: 'test', events: new Events(), topic, groupId, now: NOW, ...TIMES });

beforeAll(async () => {
  brokers = (await services()).kafkaBrokers;
  kafka = createKafkaClient({ brokers, clientId: 'test', events: new Events() });
  admin = kafka.admin();
  await admin.connect();
  const plan = { replicationFactor: 1, retentionMs: 30 * 86_400_000 };
  await ensureTopics(kafka, [
    { ...plan, topic, partitions: PARTITIONS },
    { ...plan, topic: `${name}.shards`, partitions: 1 },
  ]);
  writer = new TransactionalWriter({ kafka, name, tables: [TABLE] });
  await writer.open();
  await write('overdue', 9.5);
  await write('gathering', 6.5);
  await write('waiting', 2);
  await write('unmarked', 1, { isMarked: false });
  const strange = kafka.producer({ transactionalId: name, idempotent: true, maxInFlightRequests: 1 });
  await strange.connect();
  const aborted = await strange.transaction();
  await aborted.send({ topic, messages: [0, 1, 0].map((partition) => ({ partition, value: 'aborted' })) });
  await aborted.abort();
  const retried = { key: keyOf('r'), value: '{}', partition: 0, headers: retryHeaders(NOW) };
  await strange.send({ topic, messages: [retried, { partition: 1, value: 'a stranger' }] });
  await strange.disconnect();
});

afterAll(async () => {
  await writer.close();
  await admin.disconnect();
});

describe('the lag of a table', () => {
  it('adds up, with what is no row, to what kafka-consumer-groups says of each partition', async () => {
    const overdue = [uidsOf('overdue', 0).length, uidsOf('overdue', 1).length];
    // Behind the first mark and its marker. The second row is of a later window, so the offset stays at it.
    const position = offset(overdue[0]! + 2);
    await commit(0, { offset: offset(1), position, rowsSealed: overdue[0]! - 1 });
    await commit(1, {});
    const { partitions, ...total } = await readLag();
    const described = await describeGroup({ brokers, groupId, topic });
    expect(partitions.map(({ offsets }) => offsets)).toEqual(described.map(({ lag }) => lag));
    for (const { partition, ...lag } of partitions) {
      expect(lag).toMatchObject({
        overdue: partition === 0 ? 1 : overdue[1],
        gathering: uidsOf('gathering', partition).length,
        notYetDue: uidsOf('waiting', partition).length + uidsOf('unmarked', partition).length,
        sealedAhead: partition === 0 ? overdue[0]! - 2 : 0,
        marks: 3,
        // A marker of each of five transactions; of the aborted one its records; a row sent again, a stranger.
        rest: 5 + (partition === 0 ? 2 : 1) + 1,
        // The window of the first mark ended within a day, and was due seven days later.
        overdueSince: expect.toSatisfy(
          (since: Micros) => since >= daysAgo(2.5) && since <= daysAgo(1.5),
        ) as number,
      });
      const { notYetDue, gathering, sealedAhead, marks, rest, offsets } = lag;
      expect(notYetDue + gathering + lag.overdue + sealedAhead + marks + rest).toBe(offsets);
    }
    expect(total).toMatchObject({ sent: 48, sealed: overdue[0]! - 1, overdue: 1 + overdue[1]! });
    expect(total.sent - total.sealed).toBe(total.notYetDue + total.gathering + total.overdue);
  });

  it('is overdue in no partition whose due windows are sealed, however old its rows are', async () => {
    await commit(0, { watermark: daysAgo(7) });
    const [first, second] = (await readLag()).partitions;
    const gathering = uidsOf('overdue', 0).length + uidsOf('gathering', 0).length;
    expect(first).toMatchObject({ overdue: 0, overdueSince: null, gathering });
    expect(second!.overdue).toBe(uidsOf('overdue', 1).length);
  });

  it('counts what stands in the log when the group has lost its count of what was sealed', async () => {
    const [overdue, gathering] = [uidsOf('overdue', 0).length, uidsOf('gathering', 0).length];
    // Behind the second mark and its marker.
    const place = offset(overdue + gathering + 4);
    await commit(0, { offset: place, position: place, rowsSealed: 0 });
    const [first] = (await readLag()).partitions;
    expect(first).toMatchObject({ overdue: 0, gathering: 0, sealed: overdue + gathering, marks: 1 });
    expect(first!.notYetDue).toBe(uidsOf('waiting', 0).length + uidsOf('unmarked', 0).length);
  });
});
