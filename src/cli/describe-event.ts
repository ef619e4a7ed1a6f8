import { EventFields } from '../base/event-fields.ts';
import { formatBytesShort, formatCount } from './text-table.ts';

/** One line for people; what cannot be read is shown as it is. */
export function describeEvent(json: string): string {
  const event = EventFields.parse(json);
  if (event === undefined) return json;
  const type = (event.text('type') ?? '').replace(/^tidemark\./, '').replace(/\.v\d+$/, '');
  return [
    ...[event.text('time') ?? '', type.padEnd(18), event.text('subject') ?? ''],
    ...detailsOf(event),
  ].join('  ');
}

function detailsOf(event: EventFields): string[] {
  if (event.has('data', 'shard')) {
    const [rows, bytes] = [event.count('data', 'shard', 'rows'), event.count('data', 'shard', 'bytes')];
    return [`${formatCount(rows ?? 0)} rows`, formatBytesShort(bytes ?? 0)];
  }
  if (event.has('data', 'ledger')) {
    const archived = event.count('data', 'ledger', 'archived') ?? 0;
    const received = event.count('data', 'ledger', 'received') ?? 0;
    return [`${formatCount(archived)} of ${formatCount(received)} rows archived`];
  }
  const reason = event.text('data', 'reason');
  if (reason !== undefined) return [reason, event.text('data', 'detail') ?? ''];
  if (event.has('data', 'isFinal')) {
    const told = [event.text('data', 'code') ?? '', event.text('data', 'detail') ?? ''];
    return event.is('data', 'isFinal') ? [...told, 'the process ended'] : told;
  }
  const watermark = event.text('data', 'watermark');
  return watermark === undefined ? [] : [watermark];
}
