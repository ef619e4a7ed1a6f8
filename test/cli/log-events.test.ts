import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pino } from 'pino';
import { Events } from '../../src/base/event-map.ts';
import { logEvents } from '../../src/cli/log-events.ts';
import { parseMicros } from '../../src/model/micros.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** The lines as objects. */
function logged(): { events: Events; lines: Record<string, unknown>[]; end: () => void } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
  };
  const events = new Events();
  const end = logEvents(events, pino({ base: null, timestamp: false }, { write }));
  return { events, lines, end };
}

const place = { table: 'public.files', partition: 0 };
const missing = { ...place, reason: 'file_missing' as const };

describe('rejects in the log', () => {
  it('have one line a burst, table and reason, with their sum', () => {
    const { events, lines } = logged();
    for (let partition = 0; partition < 100; partition++)
      events.emit('row:rejected', { ...missing, partition, rows: 3 });
    events.emit('row:rejected', { ...place, reason: 'file_size_differs', rows: 1 });
    expect(lines).toEqual([]);
    vi.advanceTimersByTime(5_000);
    const line = { level: 40, stage: 'archive', table: place.table, msg: 'rows rejected' };
    expect(lines).toEqual([
      { ...line, reason: 'file_missing', rows: 300 },
      { ...line, reason: 'file_size_differs', rows: 1 },
    ]);
  });

  it('begin a new line when they go on, so that the log says that they do', () => {
    const { events, lines } = logged();
    events.emit('row:rejected', { ...missing, rows: 1 });
    vi.advanceTimersByTime(5_000);
    events.emit('row:rejected', { ...missing, rows: 2 });
    vi.advanceTimersByTime(5_000);
    expect(lines.map(({ rows }) => rows)).toEqual([1, 2]);
  });

  it('are not forgotten when the process ends', () => {
    const { events, lines, end } = logged();
    events.emit('row:rejected', { ...missing, rows: 7 });
    end();
    expect(lines.map(({ rows }) => rows)).toEqual([7]);
  });
});

describe('a line of the log', () => {
  it('has no field twice: the time of a mark is not the time of the line', () => {
    const texts: string[] = [];
    const events = new Events();
    logEvents(events, pino({ level: 'debug' }, { write: (line: string) => texts.push(line) }));
    const time = parseMicros('2026-11-23T06:00:30Z')!;
    events.emit('mark:emitted', { time, clock: time });
    events.emit('mark:sent', { time, epoch: 1, sequence: 1 });
    events.emit('snapshot:progressed', { table: place.table, rows: 1, time });
    expect(texts.map((text) => text.match(/"time":/g)?.length)).toEqual([1, 1, 1]);
  });
});
