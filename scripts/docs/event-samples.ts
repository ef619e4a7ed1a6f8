import { writeAdjusted, writeEvents } from '../../src/log/cloud-events.ts';
import type { TidemarkEvent } from '../../src/log/event-contract.ts';
import type { OutgoingMessage } from '../../src/log/outgoing.ts';
import { writeTroubleEvent } from '../../src/log/trouble-event.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { parseMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { offset } from '../../src/model/offset.ts';
import type { Reject } from '../../src/model/row.ts';

/** Fixed inputs, so that the samples are what this code writes and nothing else. */
const NAMES = {
  ...{ name: 'tidemark', table: 'public.files', partition: 0, partitionCount: 4 },
  ...{ shardsTopic: 'tidemark.shards', rejectsTopic: 'tidemark.rejects' },
};
const BASE = 'public.files/2026/11/23/20261123T053718Z-p0of4';

const time = (text: string): Micros => parseMicros(`2026-11-23T${text}Z`)!;

const REJECT: Reject = {
  ...{ uid: 'f-17', createdAt: time('05:37:17.500000'), fileLocation: '/data/f-17' },
  ...{ reason: 'file_missing', detail: 'no such file', offset: offset(4711) },
};

const MANIFEST: Manifest = {
  ...{ format: 'tidemark-manifest', version: 1, table: 'public.files', kind: 'window' },
  window: { start: time('05:37:16'), end: time('05:37:18') },
  ...{ partition: 0, partitionCount: 4, offsets: { first: offset(4690), last: offset(4723) } },
  ...{ payload: 'file', ledger: { received: 33, archived: 31, duplicates: 1, rejected: 1 } },
  rowsSha256: '3b1f6d5c9a27e04813c7d2a8f05be96147ac28d3e9f0b1526374859a6b7c8d9e',
  shards: [
    {
      ...{ name: `${BASE}-0001.tar.zst`, part: 1, bytes: 48_213, rows: 31, files: 31, sourceBytes: 151_207 },
      sha256: '9f2c4b1a77d0e3aa2f6c1c1f0a6b0f7d3f3d0f0e7a5f4a6b1c2d3e4f5a6b7c8d',
      ...{ minCreatedAt: time('05:37:16.003112'), maxCreatedAt: time('05:37:17.998040') },
    },
  ],
  rejects: [REJECT],
  ...{ minCreatedAt: time('05:37:16.003112'), maxCreatedAt: time('05:37:17.998040') },
  tool: { tidemark: '0.1.0', zstd: '1.5.7', level: 3 },
};

/** One event of each type. */
export function eventSamples(): TidemarkEvent[] {
  const commit = { watermark: time('05:37:18'), position: 4_724, time: time('05:37:24.118') };
  const sealed = { ...commit, seals: [{ manifestName: `${BASE}.manifest.json`, manifest: MANIFEST }] };
  const messages: OutgoingMessage[] = [
    ...writeEvents(NAMES, { ...sealed, rejects: [] }),
    ...writeEvents(NAMES, { ...commit, seals: [], rejects: [], watermark: time('05:37:20') }),
    writeAdjusted(NAMES, {
      ...{ from: time('05:37:20'), to: time('05:00:00'), epoch: 9, time: time('06:00:00') },
    }),
    writeTroubleEvent({
      ...{ name: NAMES.name, topic: NAMES.shardsTopic, time: time('05:38:00') },
      trouble: {
        ...{ table: NAMES.table, partition: 0, process: 'archive-1:4242', code: 'ERR_SINK_UNAVAILABLE' },
        ...{ detail: 'no space left on device', remedy: 'Make room.', isFinal: false },
      },
    }),
  ];
  return messages.map(({ value }) => JSON.parse(value) as TidemarkEvent);
}
