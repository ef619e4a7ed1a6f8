import type { PassedReason } from '../../base/debezium-events.ts';
import type { Events } from '../../base/event-map.ts';

/** Counts what is passed over, and tells it with each transaction. */
export class PassedTally {
  readonly #options: { readonly events: Events; readonly tableOf: ReadonlyMap<string, string> };
  #counts = new Map<string, Map<PassedReason, number>>();

  constructor(options: {
    readonly events: Events;
    readonly tables: readonly { readonly topic: string; readonly table: string }[];
  }) {
    const tableOf = new Map(options.tables.map(({ topic, table }) => [topic, table]));
    this.#options = { events: options.events, tableOf };
  }

  add(topic: string, reason: PassedReason): void {
    const table = this.#options.tableOf.get(topic) ?? topic;
    const counts = this.#counts.get(table) ?? new Map<PassedReason, number>();
    this.#counts.set(table, counts.set(reason, (counts.get(reason) ?? 0) + 1));
  }

  report(): void {
    for (const [table, counts] of this.#counts) {
      for (const [reason, records] of counts)
        this.#options.events.emit('debezium:passed', { table, reason, records });
    }
    this.#counts.clear();
  }
}
