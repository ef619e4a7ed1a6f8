import type { EventMap, Events } from '../../base/event-map.ts';
import type { Micros } from '../../model/micros.ts';

/** Only those next to the watermark are ever drawn. */
const WINDOWS_MAX = 1_024;

type Place = { readonly table: string; readonly partition: number };

interface PartitionTally {
  /** Rows gathered and not sealed, by window end. As many as windows are open. */
  readonly rows: Map<Micros, number>;
  open: { readonly windows: number; readonly rows: number };
  failure: string | null;
}

/** What this process holds, from its events; followed always, so that who begins to look sees how full windows are. */
export class GatherTally {
  readonly #partitions = new Map<string, PartitionTally>();
  readonly #ends: (() => void)[];

  constructor(events: Events) {
    this.#ends = [
      // What another process owns now would stand here for ever.
      events.on('group:joined', () => this.#partitions.clear()),
      events.on('partition:restored', (place) => this.#restart(place)),
      events.on('rows:received', (event) => this.#add(event)),
      events.on('window:sealed', (event) => this.#seal(event)),
      events.on('partition:committed', (event) => this.#commit(event)),
      events.on('partition:troubled', (event) => {
        this.#of(event).failure = `${event.trouble.code ?? 'failure'}: ${event.trouble.detail}`;
      }),
    ];
  }

  end(): void {
    for (const end of this.#ends) end();
  }

  /** Undefined where another process has the partition. */
  of({ table, partition }: Place): Pick<PartitionTally, 'open' | 'failure'> | undefined {
    return this.#partitions.get(keyOf({ table, partition }));
  }

  /** Rows of every partition here, by window end. */
  rowsOf(table: string): ReadonlyMap<Micros, number> {
    const sum = new Map<Micros, number>();
    for (const [key, { rows }] of this.#partitions) {
      if (!key.startsWith(`${table}/`)) continue;
      for (const [end, count] of rows) sum.set(end, (sum.get(end) ?? 0) + count);
    }
    return sum;
  }

  /** Open windows and their rows of every partition here. */
  openOf(table: string): { readonly windows: number; readonly rows: number } {
    let [windows, rows] = [0, 0];
    for (const [key, { open }] of this.#partitions) {
      if (!key.startsWith(`${table}/`)) continue;
      windows = Math.max(windows, open.windows);
      rows += open.rows;
    }
    return { windows, rows };
  }

  #restart(place: Place): void {
    const tally = this.#of(place);
    tally.rows.clear();
    tally.open = { windows: 0, rows: 0 };
  }

  #add(event: EventMap['rows:received']): void {
    const { rows } = this.#of(event);
    for (const window of event.windows) rows.set(window.end, (rows.get(window.end) ?? 0) + window.rows);
    // Rows that lie too far ahead are rejected, and no seal tells of their windows.
    while (rows.size > WINDOWS_MAX) rows.delete(Math.max(...rows.keys()) as Micros);
  }

  #commit(event: EventMap['partition:committed']): void {
    const tally = this.#of(event);
    tally.open = { windows: event.openWindows, rows: event.openRows };
    tally.failure = null;
    for (const end of tally.rows.keys()) if (end <= event.watermark) tally.rows.delete(end);
  }

  /** Whatever was gathered of it is on the sink; what comes later is counted anew. */
  #seal(event: EventMap['window:sealed']): void {
    this.#of(event).rows.delete(event.window.end);
  }

  #of(place: Place): PartitionTally {
    const key = keyOf(place);
    const known = this.#partitions.get(key);
    if (known !== undefined) return known;
    const made = { rows: new Map<Micros, number>(), open: { windows: 0, rows: 0 }, failure: null };
    this.#partitions.set(key, made);
    return made;
  }
}

function keyOf({ table, partition }: Place): string {
  return `${table}/${partition}`;
}
