/**
 * Why a record of the connector is not archived: it is an update, a delete or its tombstone, a truncate, a message; or a
 * row that counts as archived, because it was there before the archive began.
 */
export const PASSED_REASONS = ['update', 'delete', 'tombstone', 'truncate', 'message', 'archived'] as const;

export type PassedReason = (typeof PASSED_REASONS)[number];

/** What happens where Debezium's connector stands in for our own capture: a part of the event map. */
export interface DebeziumEvents {
  /** This process reads the connector's topics. */
  'debezium:started': { readonly partitions: number; readonly epoch: number };
  /** Another process reads them. */
  'debezium:waiting': { readonly generation: number };
  /** Records that are not archived, since the transaction before. */
  'debezium:passed': { readonly table: string; readonly reason: PassedReason; readonly records: number };
}
