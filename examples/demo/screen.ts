import logUpdate from 'log-update';
import type { Tally } from './archive-tally.ts';

/** What the live line shows. */
export interface LiveFigures {
  /** Rows in the table. */
  readonly rows: number;
  readonly tally: Readonly<Tally>;
  readonly archiver: 'up' | 'down';
  /** Null before the first window is sealed, and while the archiver starts. */
  readonly watermarkAgeSeconds: number | null;
}

/** Where the demo talks to: a live line in a terminal, one line a second in a pipe. */
export interface Screen {
  /** A lasting line of the story. */
  say(line: string): void;
  show(figures: LiveFigures): void;
}

export function openScreen(output: NodeJS.WriteStream): Screen {
  const began = Date.now();
  const seconds = (): string => `${String(Math.round((Date.now() - began) / 1_000)).padStart(4)} s`;
  return {
    say: (line) => {
      if (output.isTTY) logUpdate.clear();
      output.write(`${seconds()}  ${line}\n`);
    },
    show: (figures) => {
      const line = `${seconds()}    ${describe(figures)}`;
      if (output.isTTY) logUpdate(line);
      else output.write(`${line}\n`);
    },
  };
}

function describe({ rows, tally, archiver, watermarkAgeSeconds }: LiveFigures): string {
  const counts = [
    `rows ${number(rows)}`,
    `archived ${number(tally.archived)}`,
    `late ${number(tally.late)}`,
    `rejected ${number(tally.rejected)}`,
    `shards ${number(tally.shards)}`,
  ].join(' · ');
  if (archiver === 'down') return `${counts} · nobody archives, rows wait in the WAL`;
  return watermarkAgeSeconds === null
    ? counts
    : `${counts} · watermark ${watermarkAgeSeconds.toFixed(1)} s ago`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
