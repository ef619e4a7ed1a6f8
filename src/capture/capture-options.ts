import type { Events } from '../base/event-map.ts';
import type { CaptureLimits } from './capture-limits.ts';
import type { CaptureLog } from './capture-log.ts';
import type { CaptureTable } from './captured-table.ts';
import type { MarkOptions } from './mark-emitter.ts';

export interface CaptureOptions {
  readonly postgresUrl: string;
  readonly slot: string;
  readonly publication: string;
  readonly tables: readonly CaptureTable[];
  readonly log: CaptureLog;
  readonly marks: MarkOptions;
  readonly limits: CaptureLimits;
  readonly events: Events;
}
