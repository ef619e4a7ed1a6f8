import type { Micros } from '../model/micros.ts';
import type { TableRef } from '../model/table.ts';

/** A table as capture needs it. */
export interface CaptureTable extends TableRef {
  /** IANA zone of a created_at without a zone; null for UTC. */
  readonly createdAtZone: string | null;
  /** Where archiving stands: the snapshot reads the rows above it. Null: all rows. */
  readonly archivedUntil: () => Promise<Micros | null>;
}
