import type { EventMap, EventName } from '../base/event-map.ts';
import { formatMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';

type Level = 'debug' | 'info' | 'warn';

/** How an event reads in the log. */
export interface Line<N extends EventName> {
  readonly stage: 'capture' | 'archive' | 'log' | 'watermark' | 'cycle' | 'cleanup' | 'serve';
  readonly level: Level;
  readonly message: string;
  readonly fields: (event: EventMap[N]) => object;
}

export function line<N extends EventName>(
  stage: Line<N>['stage'],
  level: Level,
  message: string,
  fields: Line<N>['fields'],
): Line<N> {
  return { stage, level, message, fields };
}

export function text(time: Micros): string {
  return formatMicros(time);
}
