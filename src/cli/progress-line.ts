import type { Terminal } from './terminal.ts';

const REDRAW_MS = 200;
const ERASE_LINE = '\r\u001b[K';

/** One line of progress that is drawn over again, only when standard error is a terminal. */
export class ProgressLine {
  readonly #terminal: Terminal;
  #drawnAt = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(text: string): void {
    if (!this.#terminal.errIsTty || Date.now() - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = Date.now();
    this.#terminal.say(`${ERASE_LINE}${text}`);
  }

  /** Before a result or message is printed. */
  clear(): void {
    if (this.#drawnAt > 0) this.#terminal.say(ERASE_LINE);
    this.#drawnAt = 0;
  }
}
