import { once } from 'node:events';
import type { Message } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogLines } from '../cli/log-lines.ts';
import { expectExactlyOnce } from '../support/exactly-once.ts';
import type { FollowedEvent } from '../support/event-follower.ts';
import { Installation } from '../support/installation.ts';
import { readCommitted } from '../support/java-consumer.ts';
import { KafkaTool } from '../support/kafka-tool.ts';
import { Random, SEED } from '../support/seed.ts';
import { services } from '../support/services/services.ts';

let installation: Installation;
let tool: KafkaTool;

beforeEach(async () => {
  installation = await Installation.create({ partitions: 1 });
  await installation.succeed(['init']);
  tool = await KafkaTool.connect((await services()).kafkaBrokers);
});

afterEach(async () => {
  await tool.close();
  await installation.drop();
});

const MARK = { time: 1, epoch: 1, sequence: 1, lsn: '0/1', clock: 1, rows: 0, rowsTotal: 0 };

function noise(bytes: number): Buffer {
  const random = new Random(SEED);
  return Buffer.from(Array.from({ length: bytes }, () => random.between(0, 255)));
}

/** A tombstone has no value, which the typings of KafkaJS allow. */
function poison(): (Buffer | string | null)[] {
  return [
    null,
    '',
    'no JSON at all',
    '{"op":"c","after":{',
    '[]',
    'null',
    '42',
    '{}',
    '{"op":"u","before":{},"after":{"uid":"u"}}',
    '{"op":"d","before":{"uid":"u"},"after":null}',
    '{"op":"c"}',
    '{"op":"c","after":[]}',
    '{"op":"c","after":{"uid":null,"created_at":"2026-01-01T00:00:00Z"}}',
    '{"op":"c","after":{"uid":{},"created_at":"2026-01-01T00:00:00Z"}}',
    '{"op":"c","after":{"uid":"u","created_at":true}}',
    '{"op":"c","after":{"uid":"u","created_at":"soon"}}',
    '{"op":"c","after":{"uid":"u","created_at":"2026-01-01T00:00:00Z","file_location":7}}',
    '{"op":"c","after":{"uid":"u","created_at":"2026-01-01T00:00:00Z","file_location":"f","size_bytes":-1}}',
    '{"schema":{},"payload":"no"}',
    JSON.stringify({ resolved: 'no mark' }),
    JSON.stringify({ resolved: { ...MARK, time: '1' } }),
    JSON.stringify({ resolved: { ...MARK, lsn: 'nowhere' } }),
    JSON.stringify({ resolved: { ...MARK, sequence: 0 } }),
    JSON.stringify({ resolved: { ...MARK, rows: -1 } }),
    JSON.stringify({ resolved: { ...MARK, rows: 2, rowsTotal: 1 } }),
    noise(1_000_000),
    `{"op":"c","after":${'['.repeat(500_000)}`,
  ];
}

async function untilArchived(log: LogLines): Promise<void> {
  const time = await installation.serverTime();
  await log.until(({ msg, to }) => msg === 'watermark moved' && String(to) >= time);
}

interface RejectData {
  readonly uid: string | null;
  readonly offset: number;
}

async function rejects(): Promise<RejectData[]> {
  const { kafkaBrokers } = await services();
  const lines = await readCommitted({ brokers: kafkaBrokers, topic: `${installation.name}.rejects` });
  return lines.map((line) => (JSON.parse(line) as FollowedEvent).data as unknown as RejectData);
}

describe('messages in the topic that are no rows', () => {
  it('become rejects with their offsets, and the partition goes on', async () => {
    const topic = `${installation.name}.public.files`;
    const child = installation.start(['run', '--log-level', 'debug']);
    const log = new LogLines(child);
    const uids = await installation.insertFiles(20);
    await untilArchived(log);

    const offsets: number[] = [];
    for (const value of poison()) {
      const [end] = await tool.admin.fetchTopicOffsets(topic);
      const message: Message = { key: 'key', value };
      await tool.send(topic, [message]);
      offsets.push(Number(end!.high));
    }
    uids.push(...(await installation.insertFiles(20)));
    await untilArchived(log);
    child.kill('SIGTERM');
    expect(await once(child, 'exit'), installation.logOf(child)).toEqual([0, null]);

    await expectExactlyOnce(installation, { uids });
    const found = await rejects();
    expect(found).toHaveLength(poison().length);
    // Capture goes on writing between looking for the end of the topic and sending: not before it, that is sure.
    const sorted = found.map(({ offset }) => offset).sort((a, b) => a - b);
    sorted.forEach((offset, i) => expect(offset).toBeGreaterThanOrEqual(offsets[i]!));
    expect(new Set(sorted).size).toBe(sorted.length);
  });

  it('may lie about the time for years without holding up what stands behind them', async () => {
    const topic = `${installation.name}.public.files`;
    const child = installation.start(['run', '--log-level', 'debug']);
    const log = new LogLines(child);
    const uids = await installation.insertFiles(20);
    await untilArchived(log);
    const tsUs = Date.parse('2199-01-01T00:00:00Z') * 1_000;
    const row = { uid: 'liar', created_at: 'infinity', file_location: '/nowhere', size_bytes: null };
    const value = JSON.stringify({ op: 'c', after: row, source: { ts_us: tsUs } });
    await tool.send(topic, [{ key: '{"uid":"another"}', value }]);
    uids.push(...(await installation.insertFiles(20)));
    await untilArchived(log);
    child.kill('SIGTERM');
    expect(await once(child, 'exit'), installation.logOf(child)).toEqual([0, null]);
    await expectExactlyOnce(installation, { uids });
    expect(await rejects()).toMatchObject([{ uid: 'liar' }]);
  });

  it('may be rejects of a megabyte each, more of them than one batch can hold', async () => {
    const child = installation.start(['run', '--log-level', 'debug']);
    const log = new LogLines(child);
    await log.until(({ msg }) => msg === 'mark sent');
    await installation.database.query(
      `INSERT INTO files (uid, file_location)
       SELECT 'long-' || i, $1 || repeat('/x', 500000) FROM generate_series(1, 20) AS i`,
      [installation.sourceFolder],
    );
    await untilArchived(log);
    child.kill('SIGTERM');
    expect(await once(child, 'exit'), installation.logOf(child)).toEqual([0, null]);
    expect(await rejects()).toHaveLength(20);
  });
});
