import { expect, test } from 'vitest';
import type { ArchivedRow } from './checks/archived-rows.ts';
import { checkEndings } from './checks/endings.ts';
import { checkEvents } from './checks/events.ts';
import type { Finding } from './checks/finding.ts';
import type { PublishedEvent } from './checks/published-events.ts';
import { checkRejects } from './checks/rejects.ts';
import { checkRows } from './checks/rows.ts';
import type { FoundManifest } from './manifests-on-disk.ts';
import type { Ending } from './member.ts';
import type { TableRow } from './source-table.ts';

/** A checker that finds nothing is worth what it would have found: each check is shown one thing that is wrong. */

const AT = Date.UTC(2026, 10, 23) * 1_000;
const row = (uid: string): TableRow => ({ uid, createdAtMicros: AT, location: `/data/${uid}`, sizeBytes: 1 });
const copy = (uid: string, changes: Partial<ArchivedRow> = {}): ArchivedRow => ({
  uid,
  createdAt: '2026-11-23T00:00:00.000000Z',
  location: `/data/${uid}`,
  sizeBytes: 1,
  shard: 'shard-1',
  fileSha256: `digest of /data/${uid}`,
  ...changes,
});

function found(findings: readonly Finding[]): Record<string, readonly string[]> {
  return Object.fromEntries(
    findings.filter(({ problems }) => problems.length > 0).map(({ what, problems }) => [what, problems]),
  );
}

async function rowsFound(table: readonly TableRow[], archived: readonly ArchivedRow[]) {
  async function* copies(): AsyncGenerator<ArchivedRow> {
    yield* await Promise.resolve(archived);
  }
  return found(
    await checkRows({ table, archived: copies(), digestOf: (path) => Promise.resolve(`digest of ${path}`) }),
  );
}

test('an archive that holds each row once with its bytes is in order', async () => {
  expect(await rowsFound([row('good-1'), row('missing-1')], [copy('good-1')])).toEqual({});
});

test('a row that is missing, twice, different, or has other bytes is found', async () => {
  const table = ['good-1', 'good-2', 'good-3', 'good-4', 'good-5'].map(row);
  const archived = [
    copy('good-2'),
    copy('good-2', { shard: 'shard-2' }),
    copy('good-3', { createdAt: '2026-11-23T00:00:00.000001Z' }),
    copy('good-4', { fileSha256: 'something else' }),
    copy('good-5', { fileSha256: null }),
  ];
  expect(await rowsFound(table, archived)).toEqual({
    'rows missing': ['good-1'],
    'rows twice': ['good-2 stands in shard-1 and in shard-2'],
    'values different': ['good-3 in shard-1'],
    'bytes different': ['good-4 in shard-1', 'good-5 in shard-1'],
  });
});

test('a row that nobody wrote, and a bad one that is archived, are found', async () => {
  expect(await rowsFound([row('missing-1')], [copy('good-9'), copy('missing-1')])).toEqual({
    'rows archived that the table does not hold, or that are bad': [
      'good-9 in shard-1',
      'missing-1 in shard-1',
    ],
  });
});

function rejection(data: Record<string, unknown>): PublishedEvent {
  return { id: JSON.stringify(data), type: 'tidemark.record.rejected.v1', data };
}

test('a reject that is missing, twice, unexpected or has another reason is found', () => {
  const events = [
    rejection({ uid: 'outside-1', reason: 'file_missing' }),
    rejection({ uid: 'good-1', reason: 'file_missing' }),
    rejection({ uid: null, partition: 1, offset: 5, reason: 'record_invalid' }),
    rejection({ uid: null, partition: 1, offset: 5, reason: 'record_invalid' }),
  ];
  const table = [row('outside-1'), row('good-1'), row('missing-1')];
  const poisoned = [
    { partition: 1, offset: 5 },
    { partition: 2, offset: 6 },
  ];
  expect(found(checkRejects({ table, poisoned, events, manifests: [] }))).toEqual({
    'rejects missing': [
      'missing-1 was to be rejected as file_missing',
      'partition 2 offset 6 was to be rejected as record_invalid',
    ],
    'rejects that were not made bad': [
      'outside-1 is rejected as file_missing, expected: file_outside_roots',
      'good-1 is rejected as file_missing, expected: archived',
      'partition 1 offset 5 is published twice',
    ],
  });
});

test('an event that comes twice, and a shard that is not announced, are found', () => {
  const shard = (name: string) => ({ name, bytes: 1, sha256: 'ab', rows: 1 });
  const event: PublishedEvent = {
    id: 'e1',
    type: 'tidemark.shard.created.v1',
    data: { shard: shard('announced') },
  };
  const manifest = { name: 'm', shards: [shard('stored')], rejects: [] } as unknown as FoundManifest;
  expect(found(checkEvents({ events: [event, event], rejectEvents: [], manifests: [manifest] }))).toEqual({
    'events twice': ['e1'],
    'shards and seals announced or on the disk, but not both': [
      'announced, not on the disk: announced ab',
      'on the disk, not announced: stored ab',
      'on the disk, not announced: m',
    ],
  });
});

test('a process may end because it was told to, because it is to, or because it has lost its work; else not', () => {
  const ending: Ending = {
    ...{ member: 'archive-1', status: 1, signal: null, failpoint: null, asked: null, lastWords: '' },
  };
  const explained: Ending[] = [
    { ...ending, asked: 'kill', status: null, signal: 'SIGKILL' },
    { ...ending, asked: 'drain', status: 0 },
    { ...ending, asked: 'stop' },
    { ...ending, failpoint: 'shard:renamed=kill', status: null, signal: 'SIGKILL' },
    { ...ending, lastWords: 'ERR_FENCED: another process has taken over' },
  ];
  expect(found(checkEndings(explained))).toEqual({});
  const unexplained: Ending[] = [
    { ...ending, lastWords: 'error: x is not a function' },
    { ...ending, asked: 'stop', lastWords: 'error: Closed connection' },
    { ...ending, status: null, signal: 'SIGABRT' },
    { ...ending, asked: 'drain', lastWords: 'ERR_LEDGER_UNBALANCED: rows are missing' },
  ];
  expect(checkEndings(unexplained)[0]!.problems).toHaveLength(4);
});
