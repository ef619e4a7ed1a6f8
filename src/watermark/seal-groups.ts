import type { BatchPart } from '../model/batch.ts';

/**
 * Seals group after group, one of them while the next is read: a window's partitions side by side, never two windows.
 * So at most two windows are in memory, and a part knows how many shards the one before it has made.
 */
export class SealGroups {
  readonly #seal: (part: BatchPart, signal: AbortSignal) => Promise<void>;
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  #running: Promise<{ readonly error: unknown } | undefined> = Promise.resolve(undefined);

  constructor(
    seal: (part: BatchPart, signal: AbortSignal) => Promise<void>,
    options: { readonly signal: AbortSignal },
  ) {
    this.#seal = seal;
    this.#signal = AbortSignal.any([options.signal, this.#abort.signal]);
  }

  /** Resolves when the group before is sealed and this one is under way. @throws what that one failed with. */
  async begin(parts: readonly BatchPart[]): Promise<void> {
    await this.finish();
    if (parts.length > 0) this.#running = this.#sealAll(parts);
  }

  /** @throws what the group under way failed with. */
  async finish(): Promise<void> {
    const failure = await this.#running;
    this.#running = Promise.resolve(undefined);
    if (failure !== undefined) throw failure.error;
  }

  /** Abandons what is under way, and waits until it has let go. */
  async abandon(reason: unknown): Promise<void> {
    this.#abort.abort(reason);
    await this.#running;
  }

  /** Windows in their order, one after another; when one part fails the others of its window are abandoned. */
  async #sealAll(parts: readonly BatchPart[]): Promise<{ readonly error: unknown } | undefined> {
    let failure: { readonly error: unknown } | undefined;
    for (const window of byWindow(parts)) {
      await Promise.all(
        window.map((part) =>
          this.#seal(part, this.#signal).catch((error: unknown) => {
            failure ??= { error };
            this.#abort.abort(error);
          }),
        ),
      );
      if (failure !== undefined) return failure;
    }
    return failure;
  }
}

/** Consecutive parts of the same window and kind. */
function byWindow(parts: readonly BatchPart[]): BatchPart[][] {
  const groups: BatchPart[][] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    const isSame = last?.[0]?.window.end === part.window.end && last[0].kind === part.kind;
    if (isSame) last.push(part);
    else groups.push([part]);
  }
  return groups;
}
