import type { Micros } from '../../model/micros.ts';
import type { Offset } from '../../model/offset.ts';
import type { ProgressNote } from './progress-note.ts';

/** A partition of a table's topic, as far as it was read. */
interface Reading {
  next: Offset;
  /** Latest commit time that was read of it. */
  seen: Micros | null;
}

/** By topic: when its rows of a snapshot were taken, and up to which snapshot they are complete. */
interface Snapshot {
  takenAt: Micros;
  endedAt: Micros;
}

/**
 * Computes the time of a mark from what the connector wrote. Pure.
 *
 * The connector sends in the order of the WAL, which is that of the commits. So once a record of commit time c was read,
 * all that was committed before c has been sent, and stands in the partitions up to where they end now:
 *
 * - a partition that is read to its end holds the mark back no more;
 * - one that is not holds it at the commit time that was last read of it;
 * - rows of a snapshot have any created_at, so no mark is made before the snapshot of each table has ended;
 * - where no row comes, a heartbeat counts when the connector had nothing to send since the heartbeat before it, and
 *   then for the time of that one: what it says of itself is that it lives, not that it has caught up.
 *
 * What it cannot know: how long a transaction was open before its commit, and whether the brokers have taken a record of
 * one partition later than a younger one of another. Both are what `lateness` is for; what is later is a late row.
 */
export class ConnectorProgress {
  readonly #readings = new Map<string, Reading>();
  readonly #snapshots = new Map<string, Snapshot>();
  #reached: Micros | null = null;
  #lastRecordSentAt = 0 as Micros;
  #beats: readonly [before: Micros, last: Micros] | null = null;
  #lastBeat: Micros | null = null;

  /** A partition of a table's topic, where its reading begins. */
  begin(place: string, from: { readonly next: Offset; readonly seen: Micros | null }): void {
    this.#readings.set(place, { ...from });
    // What was read before a restart was sent after it was committed.
    if (from.seen !== null && from.seen > this.#lastRecordSentAt) this.#lastRecordSentAt = from.seen;
  }

  /** @param topic for a snapshot's rows: each table's snapshot ends by itself. */
  note(note: ProgressNote, from: { readonly topic: string; readonly place: string }): void {
    if (note.kind === 'heartbeat') {
      if (this.#lastBeat !== null && note.sentAt > this.#lastBeat)
        this.#beats = [this.#lastBeat, note.sentAt];
      if (this.#lastBeat === null || note.sentAt > this.#lastBeat) this.#lastBeat = note.sentAt;
      return;
    }
    if (note.sentAt > this.#lastRecordSentAt) this.#lastRecordSentAt = note.sentAt;
    if (note.kind === 'snapshot') return this.#noteSnapshot(note, from.topic);
    const { committedAt } = note;
    if (this.#reached === null || committedAt > this.#reached) this.#reached = committedAt;
    const reading = this.#readings.get(from.place);
    if (reading !== undefined && (reading.seen === null || committedAt > reading.seen))
      reading.seen = committedAt;
  }

  passTo(place: string, next: Offset): void {
    const reading = this.#readings.get(place);
    if (reading !== undefined && next > reading.next) reading.next = next;
  }

  /** Latest commit time that was read of a partition. */
  seenOf(place: string): Micros | null {
    return this.#readings.get(place)?.seen ?? null;
  }

  /** True while rows of a snapshot come whose last one has not come. */
  get #isInSnapshot(): boolean {
    return [...this.#snapshots.values()].some(
      ({ takenAt, endedAt }) => takenAt > Math.max(endedAt, this.#reached ?? 0),
    );
  }

  /**
   * @param ends of the partitions, asked for after everything that was noted.
   * @returns null while nothing can be said.
   */
  markTime(ends: ReadonlyMap<string, Offset>): Micros | null {
    if (this.#isInSnapshot) return null;
    const open = [...this.#readings].filter(([place, { next }]) => next < (ends.get(place) ?? 0));
    const quiet = this.#quietTime();
    const reached = quiet !== null && quiet > (this.#reached ?? 0) ? quiet : this.#reached;
    if (reached === null) return null;
    let time: Micros = reached;
    for (const [, { seen }] of open) {
      if (seen === null) return null;
      if (seen < time) time = seen;
    }
    return time;
  }

  #noteSnapshot({ takenAt, isLast }: ProgressNote & { kind: 'snapshot' }, topic: string): void {
    const known = this.#snapshots.get(topic) ?? { takenAt: 0 as Micros, endedAt: 0 as Micros };
    this.#snapshots.set(topic, known);
    if (takenAt > known.takenAt) known.takenAt = takenAt;
    if (!isLast || takenAt <= known.endedAt) return;
    known.endedAt = takenAt;
  }

  #quietTime(): Micros | null {
    if (this.#beats === null) return null;
    const [before] = this.#beats;
    return this.#lastRecordSentAt < before ? before : null;
  }
}
