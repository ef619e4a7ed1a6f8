import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

interface Waiting {
  readonly fits: (line: LogLine) => boolean;
  readonly resolve: (line: LogLine) => void;
  readonly reject: (error: Error) => void;
}

/** The JSON log of a running command, for tests that wait until it says something. */
export class LogLines {
  readonly #seen: LogLine[] = [];
  readonly #waiting = new Set<Waiting>();

  constructor(child: ChildProcess & { stderr: NodeJS.ReadableStream }) {
    const reader = createInterface({ input: child.stderr });
    reader.on('line', (line) => {
      if (line.startsWith('{')) this.#take(JSON.parse(line) as LogLine);
    });
    reader.on('close', () => {
      for (const { reject } of this.#waiting) reject(new Error('the command ended before it said so'));
    });
  }

  /** @returns the first line, of those so far and those to come, that fits. */
  until(fits: (line: LogLine) => boolean): Promise<LogLine> {
    const seen = this.#seen.find(fits);
    return seen === undefined ? this.next(fits) : Promise.resolve(seen);
  }

  /** @returns the first line, of those to come, that fits. */
  next(fits: (line: LogLine) => boolean): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ fits, resolve, reject });
    });
  }

  /** Waits until every row that was stamped up to `time` is in Kafka; the command must log at level debug. */
  async untilMarked(time: string): Promise<void> {
    await this.until(({ msg, markTime }) => msg === 'mark sent' && String(markTime) >= time);
  }

  #take(line: LogLine): void {
    this.#seen.push(line);
    for (const waiting of this.#waiting) {
      if (!waiting.fits(line)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(line);
    }
  }
}
