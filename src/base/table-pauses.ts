import type { Clock } from './clock.ts';
import type { Events } from './event-map.ts';
import type { Micros } from '../model/micros.ts';

/** Which tables somebody has paused in this process. It holds no longer than the process. */
export class TablePauses {
  readonly #since = new Map<string, Micros>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #events: Events;
  readonly #clock: Clock;

  constructor(options: { readonly events: Events; readonly clock: Clock }) {
    this.#events = options.events;
    this.#clock = options.clock;
  }

  /** When each was paused. */
  get since(): ReadonlyMap<string, Micros> {
    return this.#since;
  }

  pause(table: string): void {
    if (this.#since.has(table)) return;
    this.#since.set(table, this.#clock.now());
    this.#events.emit('table:paused', { table });
  }

  resume(table: string): void {
    if (!this.#since.delete(table)) return;
    this.#events.emit('table:resumed', { table });
    for (const wake of this.#waiting.get(table) ?? []) wake();
  }

  isPaused(table: string): boolean {
    return this.#since.has(table);
  }

  /** Resolves when the table goes on, at the signal, or after `timeoutMs`. */
  async resumed(table: string, options: { readonly signal: AbortSignal; readonly timeoutMs: number }) {
    const { signal, timeoutMs } = options;
    if (!this.isPaused(table) || signal.aborted) return;
    const waiting = this.#waiting.get(table) ?? new Set<() => void>();
    this.#waiting.set(table, waiting);
    let wake = (): void => undefined;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      waiting.add(wake);
      signal.addEventListener('abort', wake);
      timer = setTimeout(wake, timeoutMs);
    });
    clearTimeout(timer);
    waiting.delete(wake);
    signal.removeEventListener('abort', wake);
  }
}
