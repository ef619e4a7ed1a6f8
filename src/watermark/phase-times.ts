import type { CyclePhases } from '../model/cycle.ts';

type Phase = 'select' | 'pack' | 'update';

/** How long a cycle spent in each phase. Work of one phase that overlaps is counted once, as a clock on the wall would. */
export class PhaseTimes {
  readonly #spentMs: Record<Phase, number> = { select: 0, pack: 0, update: 0 };
  readonly #running: Record<Phase, { count: number; since: number }> = {
    select: { count: 0, since: 0 },
    pack: { count: 0, since: 0 },
    update: { count: 0, since: 0 },
  };

  async measure<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    const running = this.#running[phase];
    if (running.count++ === 0) running.since = performance.now();
    try {
      return await work();
    } finally {
      if (--running.count === 0) this.#spentMs[phase] += performance.now() - running.since;
    }
  }

  /** Waits for each page under the clock of `select`. */
  async *pages<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
    const reader = pages[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.measure('select', () => reader.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await reader.return?.();
    }
  }

  spent(): CyclePhases {
    const { select, pack, update } = this.#spentMs;
    const round = (ms: number): number => Math.round(ms * 100) / 100;
    return { selectMs: round(select), validateMs: null, packMs: round(pack), updateMs: round(update) };
  }
}
