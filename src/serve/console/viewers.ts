import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ConsoleState } from './console-state.ts';
import { changeOf } from './state-change.ts';

export interface ViewersOptions {
  readonly viewersMax: number;
  readonly onFirst: () => void;
  readonly onLast: () => void;
  readonly state: () => ConsoleState;
  /** Only tests cannot wait. */
  readonly beatMs?: number;
}

/** A page that has heard nothing for three of these says so. */
const BEAT_MS = 5_000;
/** A viewer that was away for less is told what it missed. */
const CHANGES_KEPT = 30;
/** One who does not read is let go; the browser comes again, and gets the whole state. */
const UNREAD_BYTES_MAX = 1024 * 1024;

/**
 * Who looks, each over server-sent events: `state` when one comes, then `change` with the fields that changed, and `beat`
 * while nothing does. Ids are `<run>-<number>`: after a restart no old one fits, and the whole state is sent.
 */
export class Viewers {
  readonly #options: ViewersOptions;
  readonly #run = randomUUID().slice(0, 8);
  readonly #open = new Set<ServerResponse>();
  readonly #changes: { readonly number: number; readonly text: string }[] = [];
  #last: ConsoleState | undefined;
  #number = 0;
  #beat: NodeJS.Timeout | undefined;

  constructor(options: ViewersOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  get isFull(): boolean {
    return this.#open.size >= this.#options.viewersMax;
  }

  /** @param lastEventId what the browser saw last, when it comes again. */
  add(response: ServerResponse, lastEventId: string | undefined): void {
    this.#open.add(response);
    response.once('close', () => this.#remove(response));
    const isFirst = this.#open.size === 1;
    if (isFirst) {
      this.#beat = setInterval(
        () => this.#send('event: beat\ndata: {}\n\n'),
        this.#options.beatMs ?? BEAT_MS,
      );
      this.#beat.unref();
    }
    if (isFirst || this.#last === undefined) this.#restart();
    response.write(`retry: 2000\n\n${this.#missedSince(lastEventId) ?? this.#whole()}`);
    if (isFirst) this.#options.onFirst();
  }

  /** Tells everybody what has changed. */
  show(state: ConsoleState): void {
    const change = this.#last === undefined ? state : changeOf(this.#last, { ...state, at: this.#last.at });
    this.#last = state;
    if (change === undefined) return;
    const text = message('change', this.#id(++this.#number), { ...change, at: state.at });
    this.#changes.push({ number: this.#number, text });
    if (this.#changes.length > CHANGES_KEPT) this.#changes.shift();
    this.#send(text);
  }

  close(): void {
    for (const response of this.#open) response.end();
  }

  /** While nobody looked nothing was kept that one who was away could be told. */
  #restart(): void {
    this.#changes.length = 0;
    this.#number++;
    this.#last = this.#options.state();
  }

  #whole(): string {
    return message('state', this.#id(this.#number), this.#last!);
  }

  #missedSince(lastEventId: string | undefined): string | undefined {
    const [run, number] = (lastEventId ?? '').split('-');
    const seen = Number(number);
    if (run !== this.#run || !Number.isSafeInteger(seen) || seen > this.#number) return undefined;
    const missed = this.#changes.filter((change) => change.number > seen);
    if (missed.length !== this.#number - seen) return undefined;
    return missed.map(({ text }) => text).join('');
  }

  #id(number: number): string {
    return `${this.#run}-${number}`;
  }

  #send(text: string): void {
    for (const response of this.#open) {
      if (response.writableLength > UNREAD_BYTES_MAX) response.destroy();
      else response.write(text);
    }
  }

  #remove(response: ServerResponse): void {
    if (!this.#open.delete(response) || this.#open.size > 0) return;
    clearInterval(this.#beat);
    this.#options.onLast();
  }
}

function message(event: string, id: string, data: object): string {
  return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
