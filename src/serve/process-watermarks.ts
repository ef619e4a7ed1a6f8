import type { Events } from '../base/event-map.ts';
import type { Micros } from '../model/micros.ts';

/** The watermarks of the partitions that this process owns, from the events. */
export class ProcessWatermarks {
  readonly #tables = new Map<string, Map<number, Micros>>();

  constructor(events: Events) {
    events.on('group:joined', () => this.#tables.clear());
    events.on('partition:restored', (event) => this.#note(event));
    events.on('partition:committed', (event) => this.#note(event));
    // A cycle moves the table as a whole.
    events.on('cycle:started', ({ table, archivedUntil }) => this.#noteTable(table, archivedUntil));
    events.on('cycle:finished', ({ table, report }) => this.#noteTable(table, report.archivedUntil));
  }

  /** The least of a table's partitions here; undefined when it has none here. */
  of(table: string): Micros | undefined {
    const partitions = this.#tables.get(table);
    if (partitions === undefined) return undefined;
    return Math.min(...partitions.values()) as Micros;
  }

  #noteTable(table: string, watermark: Micros | null): void {
    if (watermark !== null) this.#note({ table, partition: 0, watermark });
  }

  #note(event: { table: string; partition: number; watermark: Micros }): void {
    const partitions = this.#tables.get(event.table) ?? new Map<number, Micros>();
    this.#tables.set(event.table, partitions);
    partitions.set(event.partition, event.watermark);
  }
}
