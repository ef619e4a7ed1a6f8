import { describe, expect, it } from 'vitest';
import { connectorCauses } from '../../../src/cli/explain/connector-causes.ts';
import type { Facts, TableFacts } from '../../../src/cli/explain/facts.ts';
import type { ConnectorReport } from '../../../src/cli/status/status-report.ts';
import { MICROS_PER_SECOND } from '../../../src/model/micros.ts';
import type { Micros } from '../../../src/model/micros.ts';

const at = (seconds: number): Micros => ((3_600_000_000 + seconds) * MICROS_PER_SECOND) as Micros;
const NOW = at(3_400);
const CONNECTOR: ConnectorReport = { topicPrefix: 'app', reader: '10.0.0.9', standbys: 0, unreadRecords: 0 };

/** Windows of 60 s, lag 300 s: the one up to 3,060 is due, and closed when `watermark` says so. */
function table(markAt: number | null, watermark = 3_060): TableFacts {
  const lastMark = markAt === null ? null : { time: at(markAt), clock: at(markAt) };
  const partition = { partition: 0, lastMark, closingClock: null, lastCommitAt: null, trouble: null };
  return {
    ...{ table: 'public.files', topic: 't.public.files', archivedUntil: null, snapshot: null, problem: null },
    ...{ sizeMicros: 60 * MICROS_PER_SECOND, lagMicros: 300 * MICROS_PER_SECOND },
    ...{ latenessMicros: 60 * MICROS_PER_SECOND, partitions: [{ ...partition, watermark: at(watermark) }] },
  };
}

function causes(place: TableFacts, connector: Partial<ConnectorReport> = {}) {
  const facts = {
    now: NOW,
    marks: { intervalMs: 1_000, holdbackMaxMs: 600_000 },
    postgres: { value: { unmet: [] } },
    tables: [place],
  } as unknown as Facts;
  return connectorCauses(facts, { value: { ...CONNECTOR, ...connector } });
}

describe('where Debezium’s connector reads the WAL', () => {
  it('nothing is wrong while marks come, as late as heartbeats make them', () => {
    expect(causes(table(3_399))).toEqual([]);
    expect(causes(table(3_399 - 40))).toEqual([]);
  });

  it('a connector that sends nothing is named, before a window is late and when one is', () => {
    expect(causes(table(3_300))).toMatchObject([{ code: 'connector-silent', holds: false }]);
    const [cause] = causes(table(3_380, 2_940));
    expect(cause).toMatchObject({ code: 'connector-silent', table: 'public.files', holds: true });
    expect(cause!.detail).toContain('20 s old: connector app has sent neither a row nor a heartbeat');
    expect(cause!.remedy).toContain('heartbeat.interval.ms');
  });

  it('records that capture has not read are named instead', () => {
    const [cause] = causes(table(3_000, 2_940), { unreadRecords: 12_000 });
    expect(cause).toMatchObject({ code: 'marks-missing', holds: true });
    expect(cause!.detail).toContain('12,000 records of connector app are not read yet');
  });

  it('capture that does not run is named, and that alone', () => {
    expect(causes(table(3_000, 2_940), { reader: null })).toMatchObject([
      { code: 'capture-down', holds: true },
    ]);
    expect(causes(table(3_399), { reader: null })).toMatchObject([{ code: 'capture-down', holds: false }]);
  });

  it('nothing is said of a connector while Kafka does not answer', () => {
    expect(
      connectorCauses({ tables: [] } as unknown as Facts, { problem: { code: 'x', detail: '', remedy: '' } }),
    ).toEqual([]);
  });
});
