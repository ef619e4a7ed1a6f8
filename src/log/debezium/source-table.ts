import type { Micros } from '../../model/micros.ts';
import type { DecodeChangeOptions } from './decode-change.ts';

/** A table whose rows the connector sends. */
export interface SourceTable extends DecodeChangeOptions {
  readonly topic: string;
  /** archived_until: asked when a partition of the topic is read for the first time. */
  readonly archivedUntil: () => Promise<Micros>;
}
