import { SecretFilter } from './secret-filter.ts';

/** What a command may write to; results go to `out`, everything else to `err`. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(chunk: string | Uint8Array): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

/** The way out to people and pipes. Nothing passes without the secret filter. */
export class Terminal {
  readonly secrets = new SecretFilter();
  readonly #out: TextStream;
  readonly #err: TextStream;
  #errWriter: ((text: string) => void) | undefined;

  constructor(streams: { out: TextStream; err: TextStream }) {
    this.#out = streams.out;
    this.#err = streams.err;
  }

  get errIsTty(): boolean {
    return this.#err.isTTY === true;
  }

  /** True when a block can be drawn over again; some terminals without a person say that they have no columns. */
  get canDraw(): boolean {
    return this.errIsTty && this.#err.columns !== undefined && this.#err.columns > 0;
  }

  /** Of the screen for messages; only asked when {@link canDraw}. */
  get columns(): number {
    return this.#err.columns ?? 80;
  }

  get outIsTty(): boolean {
    return this.#out.isTTY === true;
  }

  /** A result. */
  print(text: string): void {
    this.#out.write(this.secrets.clean(`${text}\n`));
  }

  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  /** File contents: passed on as they are, waiting while the reader is slow. */
  async writeBytes(bytes: Uint8Array): Promise<void> {
    if (this.#out.write(bytes)) return;
    await new Promise<void>((resolve) => {
      this.#out.once('drain', resolve);
    });
  }

  /** A message; whole lines with their line ends. */
  say(text: string): void {
    const cleaned = this.secrets.clean(text);
    if (this.#errWriter === undefined) this.#err.write(cleaned);
    else this.#errWriter(cleaned);
  }

  /** The live screen takes messages over while it stands, so that they appear above it. */
  divertMessages(writer: ((text: string) => void) | undefined): void {
    this.#errWriter = writer;
  }
}
