import type { ConsoleState } from '../../src/serve/console/console-state.ts';

/** One message of server-sent events. */
export interface SentEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** A viewer that is not ours: reads the events of a console as the standard says, and puts the state together. */
export class ConsoleViewer {
  readonly received: SentEvent[] = [];
  readonly response: Response;
  state: ConsoleState | undefined;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = '';

  private constructor(response: Response) {
    this.response = response;
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<ConsoleViewer> {
    return new ConsoleViewer(await fetch(`${url}/console/events`, { headers }));
  }

  /** Reads on until it fits. */
  async until(fits: (state: ConsoleState) => boolean): Promise<ConsoleState> {
    while (this.state === undefined || !fits(this.state)) await this.next();
    return this.state;
  }

  async next(): Promise<SentEvent> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        const event = parse(block);
        if (event !== undefined) return this.#take(event);
        continue;
      }
      const { done, value } = await this.#reader.read();
      if (done) throw new Error('the console has ended the events');
      this.#text += value;
    }
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }

  #take(event: SentEvent): SentEvent {
    this.received.push(event);
    const data = JSON.parse(event.data) as object;
    if (event.event === 'state') this.state = data as ConsoleState;
    if (event.event === 'change') this.state = merge(this.state ?? {}, data) as ConsoleState;
    return event;
  }
}

/** Undefined for a block without data, such as the one that says how soon to come again. */
function parse(block: string): SentEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line) => [line.split(': ')[0]!, line.slice(line.indexOf(': ') + 2)]),
  );
  const data = fields.get('data');
  return data === undefined
    ? undefined
    : { event: fields.get('event') ?? '', id: fields.get('id') ?? '', data };
}

/** As docs/console.md describes a change. */
export function merge(state: object, change: object): object {
  const next: Record<string, unknown> = { ...state };
  for (const [key, value] of Object.entries(change)) {
    const old = next[key];
    next[key] = isTree(old) && isTree(value) ? merge(old, value) : value;
  }
  return next;
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
