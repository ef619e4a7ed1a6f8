import type { Micros } from '../model/micros.ts';
import type { TableRef } from '../model/table.ts';

/** A table as `check` looks at it. */
export interface InspectedTable extends TableRef {
  /** IANA zone of a created_at without a zone; null for UTC, and where the column has its own zone. */
  readonly createdAtZone: string | null;
  /** Rows are marked by their uid alone, which must then be unique without created_at. */
  readonly isMarkedByUid?: boolean;
}

/** A table as capture needs it. */
export interface CaptureTable extends InspectedTable {
  /** Where archiving stands: the snapshot reads the rows above it. Null: all rows. */
  readonly archivedUntil: () => Promise<Micros | null>;
}
