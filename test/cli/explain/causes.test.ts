import { describe, expect, it } from 'vitest';
import { computeCauses, computeExplanation } from '../../../src/cli/explain/compute-explanation.ts';
import { describeExplanation } from '../../../src/cli/explain/describe-explanation.ts';
import { CAUSE_CODES } from '../../../src/cli/explain/explanation.ts';
import type { Cause, CauseCode } from '../../../src/cli/explain/explanation.ts';
import type {
  Facts,
  KafkaFacts,
  PartitionFacts,
  PostgresFacts,
  TableFacts,
} from '../../../src/cli/explain/facts.ts';
import { markNeeded } from '../../../src/cli/explain/partition-stand.ts';
import { MICROS_PER_SECOND } from '../../../src/model/micros.ts';
import type { Micros } from '../../../src/model/micros.ts';

const TOPIC = 't.public.files';
/** Theirs are cycle-causes.test.ts and connector-causes.test.ts. */
const OTHER_CODES = ['requirement-missing', 'connector-silent', 'cycle-running', 'cycle-due'];

/** Seconds since the start of an hour; windows of 60 s, lag 300 s, lateness 60 s. Now is 3,400: 3,060 is due. */
const at = (seconds: number): Micros =>
  (1_000_000 * 3_600 * MICROS_PER_SECOND + seconds * MICROS_PER_SECOND) as Micros;
const NOW = at(3_400);

function partition(number: number, place: Partial<PartitionFacts> = {}): PartitionFacts {
  return {
    partition: number,
    watermark: at(3_060),
    lastMark: { time: at(3_399), clock: at(3_399) },
    closingClock: at(3_181),
    lastCommitAt: at(3_361),
    trouble: null,
    ...place,
  };
}

/** A window of this partition is late by more than any grace. */
const late = (number: number, place: Partial<PartitionFacts> = {}): PartitionFacts =>
  partition(number, { watermark: at(2_940), closingClock: at(3_061), ...place });

const markedAt = (seconds: number) => partition(0, { lastMark: { time: at(seconds), clock: at(seconds) } });

function table(partitions: readonly PartitionFacts[], place: Partial<TableFacts> = {}): TableFacts {
  return {
    ...{ table: 'public.files', topic: TOPIC, archivedUntil: at(2_940), snapshot: null, problem: null },
    ...{ sizeMicros: 60 * MICROS_PER_SECOND, lagMicros: 300 * MICROS_PER_SECOND },
    ...{ latenessMicros: 60 * MICROS_PER_SECOND, partitions, ...place },
  };
}

const MEMBER = { memberId: 'm-1', host: '10.0.0.7', partitions: new Map([[TOPIC, [0, 1]]]) };
const POSTGRES: PostgresFacts = {
  slot: { name: 'tidemark', state: 'active', activePid: 4242, lagBytes: 12_345_678 },
  open: { transactions: [], isPartial: false },
  isSnapshotRead: false,
  unmet: [],
};
const KAFKA: KafkaFacts = { group: { state: 'Stable', members: [MEMBER] }, unmet: [] };
const MARKS = { intervalMs: 1_000, holdbackMaxMs: 600_000 };
const AWAY = { code: 'ERR_POSTGRES_UNREACHABLE', detail: 'connect: refused', remedy: 'Start it.' };

interface Changes {
  readonly postgres?: Partial<PostgresFacts> | 'away';
  readonly kafka?: Partial<KafkaFacts> | 'away';
  readonly partitions?: readonly PartitionFacts[];
  readonly table?: Partial<TableFacts>;
  readonly now?: Micros;
}

function facts({ postgres = {}, kafka = {}, partitions, table: place, now = NOW }: Changes = {}): Facts {
  return {
    now,
    marks: MARKS,
    postgres: postgres === 'away' ? { problem: AWAY } : { value: { ...POSTGRES, ...postgres } },
    kafka:
      kafka === 'away'
        ? { problem: { code: 'ERR_KAFKA_UNREACHABLE', detail: 'refused', remedy: 'Start the brokers.' } }
        : { value: { ...KAFKA, ...kafka } },
    tables: [table(partitions ?? [partition(0), partition(1)], place)],
  };
}

const slot = (state: PostgresFacts['slot']['state']) => ({
  slot: { ...POSTGRES.slot, state, activePid: null },
});
const trouble = (isFinal: boolean) => ({
  ...({
    code: 'ERR_SINK_UNAVAILABLE',
    detail: 'no space left on device',
    remedy: 'Make room.',
    isFinal,
  } as const),
  ...{ table: 'public.files', partition: 0, process: 'host:17', at: at(3_390) },
});
const transaction = (since: number) => ({
  ...{
    pid: 77,
    ...{ gid: null, xid: null },
    since: at(since),
    user: 'app',
    application: 'nightly',
    state: 'idle in transaction',
  },
});
const unclosed = (number: number) => late(number, { closingClock: null });
const OLD_MARK = { time: at(3_000), clock: at(3_000) };
const requirement = {
  name: 'publication.p',
  ok: false,
  severity: 'error',
  detail: 'it does not exist',
  remedy: 'tidemark init',
} as const;

/** What is observed, what must be said first, and what the detail or the remedy must name. */
const CASES: readonly [CauseCode, string, Changes, readonly string[], Partial<Cause>][] = [
  [
    'postgres-away',
    'Postgres does not answer',
    { postgres: 'away' },
    ['connect: refused', 'Start it.'],
    { holds: true },
  ],
  [
    'kafka-away',
    'Kafka does not answer',
    { kafka: 'away', partitions: [] },
    ['Start the brokers.'],
    { holds: true },
  ],
  [
    'topic-invalid',
    'a topic is missing',
    {
      kafka: { unmet: [{ ...requirement, name: `topic.${TOPIC}` }] },
      partitions: [],
      table: { problem: { code: 'ERR_TOPIC_INVALID', detail: '', remedy: '' } },
    },
    [`topic.${TOPIC}`, 'tidemark init'],
    { holds: true },
  ],
  [
    'progress-unreadable',
    'another tool has written into the group',
    {
      partitions: [],
      table: { problem: { code: 'ERR_METADATA_INVALID', detail: 'not ours', remedy: 'Find the tool.' } },
    },
    ['ERR_METADATA_INVALID', 'Find the tool.'],
    { table: 'public.files', holds: true },
  ],
  [
    'slot-lost',
    'the slot is gone',
    { postgres: slot('missing') },
    ['does not exist', 'tidemark init'],
    { holds: false },
  ],
  [
    'slot-lost',
    'the slot was invalidated',
    { postgres: slot('lost'), partitions: [unclosed(0)] },
    ["pg_drop_replication_slot('tidemark')"],
    { holds: true },
  ],
  [
    'archive-stopped',
    'a ledger was refused',
    {
      partitions: [late(0, { trouble: { ...trouble(true), code: 'ERR_LEDGER_UNBALANCED' } }), partition(1)],
      kafka: { group: { state: 'Empty', members: [] } },
    },
    ['ERR_LEDGER_UNBALANCED', 'host:17', 'the process ended', 'Then start tidemark archive again'],
    { partition: 0, holds: true },
  ],
  [
    'no-member',
    'nobody archives, and nothing is late yet',
    { kafka: { group: { state: 'Empty', members: [] } } },
    ['empty', 'tidemark archive'],
    { holds: false },
  ],
  [
    'no-member',
    'nobody archives',
    { kafka: { group: { state: 'Dead', members: [] } }, partitions: [late(0)] },
    ['tidemark archive'],
    { holds: true },
  ],
  [
    'partition-unassigned',
    'a partition belongs to nobody',
    { partitions: [partition(0), partition(1), partition(2)] },
    [`${TOPIC}/2`],
    { partition: 2 },
  ],
  [
    'partition-failing',
    'the sink fails',
    { partitions: [late(0, { trouble: trouble(false) }), partition(1)] },
    ['ERR_SINK_UNAVAILABLE: no space left on device', 'host:17, 10 s ago', 'tries again', 'Make room.'],
    { partition: 0, holds: true },
  ],
  [
    'capture-down',
    'capture is not running, and its marks last for now',
    { postgres: slot('idle') },
    ['tidemark capture'],
    { holds: false },
  ],
  [
    'capture-down',
    'capture is not running',
    { postgres: slot('idle'), partitions: [unclosed(0)] },
    ['tidemark capture'],
    { holds: true },
  ],
  [
    'marks-missing',
    'capture holds the slot and sends nothing',
    {
      partitions: [
        partition(0, { lastMark: OLD_MARK, closingClock: null }),
        partition(1, { lastMark: OLD_MARK }),
      ],
    },
    ['6 min 40 s old', 'process 4242', 'holds 12.3 MB of WAL', 'restart it'],
    { table: 'public.files' },
  ],
  [
    'partition-silent',
    'one partition has no mark',
    { partitions: [partition(0), partition(1, { lastMark: null })] },
    [`${TOPIC}/1 has no mark`, 'restart capture'],
    { partition: 1 },
  ],
  [
    'snapshot',
    'the snapshot is under way',
    { partitions: [unclosed(0)], table: { snapshot: { rows: 12_000, reached: at(0) } } },
    ['12,000 so far'],
    { holds: true },
  ],
  [
    'transaction',
    'a transaction is open',
    {
      partitions: [unclosed(0), partition(1)],
      postgres: { open: { transactions: [transaction(3_100)], isPartial: false } },
    },
    [
      'pid 77 of user app, application "nightly"',
      '5 min 0 s',
      'idle in transaction',
      'SELECT pg_terminate_backend(77)',
      '10 min',
    ],
    { holds: true },
  ],
  [
    'transaction',
    'a transaction is prepared',
    {
      partitions: [unclosed(0)],
      postgres: {
        open: {
          transactions: [{ ...transaction(3_200), pid: null, gid: "x'1", state: 'prepared' }],
          isPartial: false,
        },
      },
    },
    [`prepared transaction "x'1"`, "ROLLBACK PREPARED 'x''1'"],
    { holds: true },
  ],
  [
    'transaction',
    'other users are hidden',
    { partitions: [unclosed(0)], postgres: { open: { transactions: [], isPartial: true } } },
    ['GRANT pg_read_all_stats'],
    {},
  ],
  [
    'gate',
    'the mark came late',
    { partitions: [late(0, { closingClock: at(3_300) })] },
    ['passes the gate in 2 min 20 s'],
    { holds: true },
  ],
  [
    'member-silent',
    'a process hangs',
    { partitions: [late(0, { lastCommitAt: at(2_000) })] },
    ['10.0.0.7 (m-1)', '23 min 20 s'],
    { partition: 0 },
  ],
  [
    'member-silent',
    'a process has never committed',
    { partitions: [late(0, { lastCommitAt: null })] },
    ['m-1'],
    {},
  ],
  [
    'backlog',
    'a process is behind and works',
    { partitions: [late(0, { lastCommitAt: at(3_398) })] },
    ['2 s old', 'up to 1 times'],
    { partition: 0 },
  ],
  ['row-missing', 'the row is gone', { table: { archivedUntil: null } }, ['tidemark init'], { holds: true }],
  [
    'row-behind',
    'the UPDATE does not come through',
    { table: { archivedUntil: at(2_000) } },
    ['17 min 40 s behind', 'tidemark check'],
    { holds: true },
  ],
];

describe('the first cause', () => {
  it.each(CASES)('is %s when %s', (code, _, changes, said, place) => {
    const [first] = computeCauses(facts(changes));
    expect(first).toMatchObject({ code, ...place });
    for (const words of said) expect(`${first!.detail} ${first!.remedy}`).toContain(words);
  });

  it('has a case for every code', () => {
    const covered = new Set<string>(CASES.map(([code]) => code));
    const missing = CAUSE_CODES.filter((code) => !covered.has(code));
    expect(missing.sort()).toEqual([...OTHER_CODES].sort());
  });
});

describe('what is no cause', () => {
  it.each<[string, Changes]>([
    ['a window that is not due', {}],
    ['a window that became due a moment ago', { now: at(3_427), partitions: [markedAt(3_426)] }],
    ['a young transaction', { postgres: { open: { transactions: [transaction(3_398)], isPartial: false } } }],
    [
      'an old transaction where no window waits for a mark',
      { postgres: { open: { transactions: [transaction(3_000)], isPartial: false } } },
    ],
    [
      'hidden sessions where no window waits for a mark',
      { postgres: { open: { transactions: [], isPartial: true } } },
    ],
    ['what the asking role may not do, while marks come', { postgres: { unmet: [requirement] } }],
    [
      'a group that is rebalancing',
      { kafka: { group: { state: 'PreparingRebalance', members: [MEMBER] } }, partitions: [partition(7)] },
    ],
    ['a row that follows in a moment', { table: { archivedUntil: at(3_000) } }],
    ['nothing archived yet', { partitions: [partition(0, { watermark: null, lastCommitAt: null })] }],
  ])('%s', (_, changes) => {
    expect(computeCauses(facts(changes))).toEqual([]);
  });

  it('is a transaction that is open for longer than marks.holdbackMax, or began after every late window', () => {
    const open = { transactions: [transaction(2_790), transaction(3_125)], isPartial: false };
    const causes = computeCauses(facts({ partitions: [unclosed(0)], postgres: { open } }));
    expect(causes.map(({ code }) => code)).toEqual([]);
  });
});

describe('the mark that closes the next window', () => {
  it('reaches its end and the lateness, from the edge of a window and from within one', () => {
    expect(markNeeded(table([]), at(3_000))).toBe(at(3_120));
    expect(markNeeded(table([]), at(3_001))).toBe(at(3_120));
  });
});

describe('several causes', () => {
  it('come in the order of what hides what, those that hold the watermark first', () => {
    const causes = computeCauses(
      facts({
        postgres: {
          ...slot('idle'),
          unmet: [requirement],
          open: { transactions: [transaction(2_900)], isPartial: false },
        },
        kafka: { group: { state: 'Empty', members: [] } },
        partitions: [unclosed(0), partition(1, { trouble: trouble(false) })],
      }),
    );
    expect(causes.map(({ code, holds }) => `${code} ${holds}`)).toEqual([
      'capture-down true',
      'requirement-missing true',
      'transaction true',
      'no-member false',
      'partition-failing false',
    ]);
  });

  it('name what check finds for capture while no marks come', () => {
    const causes = computeCauses(facts({ postgres: { ...slot('idle'), unmet: [requirement] } }));
    expect(causes).toMatchObject([
      { code: 'capture-down' },
      { code: 'requirement-missing', detail: 'publication.p: it does not exist', remedy: 'tidemark init' },
    ]);
  });
});

describe('the text', () => {
  it('says when the next window is due when nothing stands in the way', () => {
    const explanation = computeExplanation('t', facts());
    expect(explanation.tables).toMatchObject([{ dueInSeconds: 20 }]);
    expect(describeExplanation(explanation)).toContain('public.files  nothing: next window due in 20 s');
    expect(
      describeExplanation(computeExplanation('t', facts({ now: at(3_422), partitions: [markedAt(3_421)] }))),
    ).toContain('became due 2 s ago');
  });

  it('says that nothing has come where nothing has', () => {
    const explanation = computeExplanation(
      't',
      facts({ partitions: [], table: { archivedUntil: null }, kafka: 'away' }),
    );
    expect(explanation.tables).toEqual([
      { table: 'public.files', watermark: null, nextWindowEnd: null, dueInSeconds: null },
    ]);
    expect(describeExplanation({ ...explanation, causes: [] })).toContain('nothing: no row has come yet');
  });

  it('numbers the causes, each with its remedy', () => {
    const text = describeExplanation(
      computeExplanation('t', facts({ partitions: [late(0, { trouble: trouble(false) })] })),
    );
    expect(text).toContain('1. partition-failing  public.files  partition 0\n   ERR_SINK_UNAVAILABLE');
    expect(text).toContain('   what to do: Make room.');
  });
});
