import { formatBytesShort, formatCount } from './text-table.ts';

interface EventShape {
  readonly type?: string;
  readonly subject?: string;
  readonly time?: string;
  readonly data?: {
    readonly shard?: { readonly rows?: number; readonly bytes?: number };
    readonly ledger?: { readonly received?: number; readonly archived?: number; readonly rejected?: number };
    readonly watermark?: string;
    readonly reason?: string;
    readonly uid?: string | null;
    readonly detail?: string;
    readonly code?: string | null;
    readonly isFinal?: boolean;
  };
}

/** One line for people; what cannot be read is shown as it is. */
export function describeEvent(json: string): string {
  const event = parse(json);
  if (event === undefined) return json;
  const type = (event.type ?? '').replace(/^tidemark\./, '').replace(/\.v\d+$/, '');
  return [event.time ?? '', type.padEnd(18), event.subject ?? '', ...detailsOf(event.data ?? {})].join('  ');
}

function detailsOf(data: NonNullable<EventShape['data']>): string[] {
  const { shard, ledger, watermark, reason, detail, code, isFinal } = data;
  if (shard !== undefined)
    return [`${formatCount(shard.rows ?? 0)} rows`, formatBytesShort(shard.bytes ?? 0)];
  if (ledger !== undefined)
    return [`${formatCount(ledger.archived ?? 0)} of ${formatCount(ledger.received ?? 0)} rows archived`];
  if (reason !== undefined) return [reason, detail ?? ''];
  if (isFinal !== undefined) return [code ?? '', detail ?? '', ...(isFinal ? ['the process ended'] : [])];
  return watermark === undefined ? [] : [watermark];
}

function parse(json: string): EventShape | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // Not ours; the caller shows it as it is.
    return undefined;
  }
}
