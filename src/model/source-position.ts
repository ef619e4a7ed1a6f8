import type { Micros } from './micros.ts';
import type { Offset } from './offset.ts';

/** How far a partition that another program writes has been read: a part of capture's position. */
export interface SourcePosition {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read. */
  readonly next: Offset;
  /** Latest commit time that was read of it; null before the first. */
  readonly seen: Micros | null;
  /** Its end when it was read for the first time. */
  readonly firstEnd: Offset;
  /** archived_until of the table then: what was there already, up to that time, counts as archived. Null for no row. */
  readonly bound: Micros | null;
}
