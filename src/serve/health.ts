import type { Events } from '../base/event-map.ts';

export type Part = 'capture' | 'archive' | 'cycle' | 'cleanup' | 'serve';

/**
 * Alive and ready, from what the stages say.
 *
 * - alive: every part that was started runs still.
 * - ready: capture streams from its slot, or reads the connector's topics (a standby does not); the archive, or the clean-up, has joined its group; a
 *   cycle has come through, and none has failed since; the read API listens.
 */
export class Health {
  readonly #parts: ReadonlySet<Part>;
  readonly #ended = new Set<Part>();
  readonly #ready = new Set<Part>();

  constructor(options: { readonly parts: readonly Part[]; readonly events: Events }) {
    this.#parts = new Set(options.parts);
    const { events } = options;
    events.on('capture:started', () => this.#ready.add('capture'));
    events.on('debezium:started', () => this.#ready.add('capture'));
    events.on('debezium:waiting', () => this.#ready.delete('capture'));
    events.on('capture:waiting', () => this.#ready.delete('capture'));
    events.on('capture:reconnecting', () => this.#ready.delete('capture'));
    events.on('group:joined', () => this.#ready.add('archive'));
    events.on('http:listening', () => this.#ready.add('serve'));
    events.on('cleanup:joined', () => this.#ready.add('cleanup'));
    events.on('cycle:finished', () => this.#ready.add('cycle'));
    events.on('cycle:failed', () => this.#ready.delete('cycle'));
  }

  /** Of a part that tells no event of it. */
  noteReady(part: Part): void {
    this.#ready.add(part);
  }

  noteEnded(part: Part): void {
    this.#ended.add(part);
    this.#ready.delete(part);
  }

  alive(): { readonly ok: boolean; readonly parts: Readonly<Record<string, string>> } {
    const parts = [...this.#parts].map((part) => [part, this.#ended.has(part) ? 'ended' : 'running']);
    return { ok: this.#ended.size === 0, parts: Object.fromEntries(parts) as Record<string, string> };
  }

  ready(): { readonly ok: boolean; readonly parts: Readonly<Record<string, string>> } {
    const parts = [...this.#parts].map((part) => [part, this.#ready.has(part) ? 'ready' : 'waiting']);
    const ok = [...this.#parts].every((part) => this.#ready.has(part));
    return { ok, parts: Object.fromEntries(parts) as Record<string, string> };
  }
}
