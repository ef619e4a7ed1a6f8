import type { EventMap, EventName } from '../base/event-map.ts';

/** How one event reads in the log. */
export interface EventLine<N extends EventName> {
  readonly stage: 'capture' | 'archive' | 'log' | 'watermark' | 'cycle' | 'serve';
  readonly level: 'debug' | 'info' | 'warn';
  readonly message: string;
  readonly fields: (event: EventMap[N]) => object;
}

export function line<N extends EventName>(
  stage: EventLine<N>['stage'],
  level: EventLine<N>['level'],
  message: string,
  fields: EventLine<N>['fields'],
): EventLine<N> {
  return { stage, level, message, fields };
}
