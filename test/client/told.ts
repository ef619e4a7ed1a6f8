import type { EventOf } from '../../src/log/event-contract.ts';
import { formatMicros, micros } from '../../src/model/micros.ts';

export const TABLE = 'public.files';

interface Place {
  readonly partition: number;
  /** Default 2. */
  readonly partitionCount?: number;
}

const at = (second: number): string => formatMicros(micros(second * 1_000_000));

function envelope<T extends string>(type: T, { partition }: Place, id: string) {
  const subject = `${TABLE}/${partition}`;
  return {
    ...{ specversion: '1.0' as const, id, source: `/tidemark/tidemark/${TABLE}`, type, subject, time: at(0) },
    datacontenttype: 'application/json' as const,
  };
}

/** Windows are of one second. */
export function sealed(
  seal: Place & {
    readonly kind?: 'window' | 'early' | 'late';
    readonly end: number;
    readonly watermark: number;
    readonly parts: readonly number[];
  },
): EventOf<'tidemark.window.sealed.v1'> {
  const { partition, partitionCount = 2, kind = 'window', end, watermark, parts } = seal;
  const late = kind === 'late' ? '-late-7' : '';
  const shards = parts.map((part) => ({
    name: `${end}-p${partition}-${String(part).padStart(4, '0')}${late}.tar.zst`,
    ...{ sha256: 'a'.repeat(64), bytes: 100, rows: 1 },
  }));
  return {
    ...envelope('tidemark.window.sealed.v1', seal, `${end}-p${partition}-${kind}-${parts.join('-')}`),
    data: {
      ...{ table: TABLE, kind, window: { start: at(end - 1), end: at(end) }, partition, partitionCount },
      watermark: at(watermark),
      ledger: { received: parts.length, archived: parts.length, duplicates: 0, rejected: 0 },
      manifest: `${end}-p${partition}.manifest.json`,
      shards,
    },
  };
}

export function advanced(
  said: Place & { readonly watermark: number },
): EventOf<'tidemark.watermark.advanced.v1'> {
  const { partition, partitionCount = 2, watermark } = said;
  return {
    ...envelope('tidemark.watermark.advanced.v1', said, `${partition}@${watermark}`),
    data: { table: TABLE, partition, partitionCount, watermark: at(watermark) },
  };
}

export function adjusted(
  said: Place & { readonly from: number; readonly watermark: number },
): EventOf<'tidemark.watermark.adjusted.v1'> {
  const { partition, partitionCount = 2, from, watermark } = said;
  return {
    ...envelope('tidemark.watermark.adjusted.v1', said, `${partition}@${from}/adjusted`),
    data: { table: TABLE, partition, partitionCount, from: at(from), watermark: at(watermark) },
  };
}
