import type { EventName } from '../base/event-map.ts';
import { line } from './log-line.ts';
import type { Line } from './log-line.ts';

type FilterEvent = Extract<EventName, `filter:${string}`>;

/** How the events of the uid filters read in the log. */
export const FILTER_LINES: { readonly [N in FilterEvent]: Line<N> } = {
  'filter:stored': line('archive', 'info', 'uid filter of a day stored', (e) => ({
    ...{ table: e.table, day: e.day, name: e.name, manifests: e.manifests, uids: e.uids, bytes: e.bytes },
    durationMs: Math.round(e.durationMs),
  })),
  'filter:failed': line(
    'archive',
    'warn',
    'a day has no uid filter yet, it is tried again with the next day',
    (e) => e,
  ),
  'filter:skipped': line(
    'archive',
    'warn',
    'too many days wait for their uid filters, the oldest are left out',
    (e) => ({ ...e, remedy: 'Run `tidemark index`, which writes what is missing.' }),
  ),
};
