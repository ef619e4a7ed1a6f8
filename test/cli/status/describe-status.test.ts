import { describe, expect, it } from 'vitest';
import { describeStatus } from '../../../src/cli/status/describe-status.ts';
import type { StatusReport, TableReport } from '../../../src/cli/status/status-report.ts';

const rows = { notYetDue: 1_200, gathering: 30, overdue: 0, oldestOverdueSeconds: null };
const between = { sealedAhead: 0, marks: 9, rest: 9 };
const partition = { position: 1, rowsSealed: 5, watermark: '2026-11-23T05:59:00.000000Z' };

const TABLE: TableReport = {
  table: 'public.files',
  ...{ archivedUntil: partition.watermark, watermark: partition.watermark },
  ...{ watermarkAgeSeconds: 90, behindSeconds: 0, windowsAfterWatermark: 2 },
  rows: { ...rows, overdue: 7, oldestOverdueSeconds: 125, sent: 5_000, sealed: 3_763 },
  snapshot: { rows: 2_000, estimatedRows: 10_000, secondsLeft: 60 },
  partitions: [
    { ...partition, partition: 0, rows: { ...rows, ...between, kafkaLag: 1_248 } },
    {
      ...{ ...partition, partition: 1, watermark: null },
      rows: {
        ...rows,
        ...between,
        overdue: 7,
        oldestOverdueSeconds: 125,
        notYetDue: 0,
        gathering: 0,
        kafkaLag: null,
      },
    },
  ],
  ...{ lastSeals: [], lastRejects: [], cleanup: null },
};

const REPORT: StatusReport = {
  ...{ name: 'tidemark', at: '2026-11-23T06:00:30.000000Z', archivedBy: 'stream' },
  slot: {
    ...{ name: 'tidemark', state: 'idle', activePid: null, lagBytes: 4_000_000_000 },
    ...{ walKeepBytes: 10_000_000_000, walLeftBytes: 6_000_000_000 },
    ...{ bytesPerSecond: 2_000_000, secondsLeft: 3_000 },
  },
  marks: {
    ...{ time: '2026-11-23T05:58:30.000000Z', ageSeconds: 120 },
    heldBackBy: {
      ...{ pid: 4711, gid: null, user: 'app', application: 'nightly', state: 'idle in transaction' },
      ...{ openSeconds: 120, xid: '9001' },
    },
    outwaited: {
      ...{ pid: null, gid: 'job-1', user: 'app', application: '', state: 'prepared', openSeconds: 7_200 },
      xid: '8000',
    },
  },
  tables: [TABLE],
  problems: [],
};

describe('the status for people', () => {
  it('has the three numbers of each partition and in total, the slot with its time, the marks and who holds them, the snapshot', () => {
    expect(describeStatus(REPORT)).toBe(
      [
        'tidemark  2026-11-23T06:00:30.000000Z',
        'slot   tidemark  idle, 4.00 GB of 10.0 GB of WAL held, 2.00 MB more a second: the server drops it in 50 min 0 s at that rate',
        'marks  2026-11-23T05:58:30.000000Z   2 min 0 s old',
        '       held back by pid 4711, xid 9001 of user app, application "nightly": idle in transaction, open for 2 min 0 s',
        '       no longer waiting for prepared transaction "job-1", xid 8000 of user app: prepared, open for 2 h 0 min: its rows will be late',
        '',
        'public.files',
        '  watermark   2026-11-23T05:59:00.000000Z   1 min 30 s old, all that is due is archived',
        '  snapshot    2,000 rows read of about 10,000, about 1 min 0 s left',
        '  rows        5,000 sent   3,763 sealed',
        '               not yet due  gathered  overdue  oldest overdue  Kafka lag  watermark',
        '  partition 0        1,200        30        0                      1,248  2026-11-23T05:59:00.000000Z',
        '  partition 1            0         0        7  2 min 5 s       none yet   none yet',
        '  total              1,200        30        7  2 min 5 s           1,248  2026-11-23T05:59:00.000000Z',
        '  windows     2 between watermark and now',
      ].join('\n'),
    );
  });

  it('says of nobody who holds the marks back for a moment, and of no slot that keeps up how long it has', () => {
    const { slot, marks } = REPORT;
    const text = describeStatus({
      ...REPORT,
      slot: {
        ...slot!,
        state: 'active',
        activePid: 5,
        bytesPerSecond: -10,
        secondsLeft: null,
        walKeepBytes: null,
      },
      marks: { ...marks!, heldBackBy: { ...marks!.heldBackBy!, openSeconds: 0.2 }, outwaited: null },
    });
    expect(text.split('\n').slice(1, 4)).toEqual([
      'slot   tidemark  active, read by pid 5, 4.00 GB of WAL held',
      'marks  2026-11-23T05:58:30.000000Z   2 min 0 s old',
      '',
    ]);
    expect(describeStatus({ ...REPORT, marks: null })).toContain('\nmarks  none yet\n');
  });
});
