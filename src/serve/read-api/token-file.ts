import { readFile, stat } from 'node:fs/promises';
import type { Events } from '../../base/event-map.ts';
import { TidemarkError, messageOf } from '../../base/errors.ts';
import { readTokens } from './tokens.ts';
import type { Tokens } from './tokens.ts';

/** A stat a second is nothing, and nobody waits for longer than that after taking a token away. */
const LOOK_AGAIN_MS = 1_000;

/**
 * The tokens of a file, read again when it has changed. A changed file that cannot be used is told of, and the tokens of
 * before stay: half a file must not lock everybody out.
 */
export class TokenFile {
  readonly #path: string;
  readonly #events: Events;
  readonly #lookAgainMs: number;
  #tokens: Tokens = [];
  #state = '';
  #lookedAt = 0;
  /** What was last said to be wrong: a file that stays away is told of once. */
  #told = '';
  #looking: Promise<void> | undefined;

  private constructor(options: TokenFileOptions) {
    this.#path = options.path;
    this.#events = options.events;
    this.#lookAgainMs = options.lookAgainMs ?? LOOK_AGAIN_MS;
  }

  /** @throws TidemarkError ERR_HTTP_TOKENS */
  static async open(options: TokenFileOptions): Promise<TokenFile> {
    const file = new TokenFile(options);
    await file.#read(await file.#stateOfFile());
    return file;
  }

  async tokens(): Promise<Tokens> {
    if (performance.now() - this.#lookedAt >= this.#lookAgainMs) await (this.#looking ??= this.#look());
    return this.#tokens;
  }

  async #look(): Promise<void> {
    try {
      const state = await this.#stateOfFile();
      if (state !== this.#state) await this.#read(state);
      this.#told = '';
    } catch (error) {
      const reason = messageOf(error);
      if (reason !== this.#told) this.#events.emit('http:tokens-unusable', { reason });
      this.#told = reason;
    } finally {
      this.#lookedAt = performance.now();
      this.#looking = undefined;
    }
  }

  /** @param state of the file before it is read: a change while it is read is then seen the next time. */
  async #read(state: string): Promise<void> {
    const tokens = readTokens(await this.#orInvalid(() => readFile(this.#path, 'utf8')));
    // Before the verdict: a file that cannot be used is read once, not at every look.
    this.#state = state;
    if ('problem' in tokens)
      throw new TidemarkError('ERR_HTTP_TOKENS', { detail: `${this.#path}: ${tokens.problem}` });
    this.#tokens = tokens;
    this.#events.emit('http:tokens-read', { tokens: tokens.length });
  }

  async #stateOfFile(): Promise<string> {
    const { ino, size, mtimeMs, ctimeMs } = await this.#orInvalid(() => stat(this.#path));
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  }

  async #orInvalid<T>(effect: () => Promise<T>): Promise<T> {
    try {
      return await effect();
    } catch (cause) {
      throw new TidemarkError('ERR_HTTP_TOKENS', { detail: messageOf(cause), cause });
    }
  }
}

export interface TokenFileOptions {
  readonly path: string;
  readonly events: Events;
  /** Only tests cannot wait for a second. */
  readonly lookAgainMs?: number;
}
