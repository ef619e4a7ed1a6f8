import { createLogUpdate } from 'log-update';
import { systemClock } from '../base/clock.ts';
import type { Events } from '../base/event-map.ts';
import type { Config } from '../config/config.ts';
import type { Part } from '../serve/health.ts';
import { liveBlock } from './live-block.ts';
import { tallyEvents } from './live-tally.ts';
import { RateMeter } from './rate-meter.ts';
import type { Terminal } from './terminal.ts';

const REDRAW_MS = 1_000;

/** A block at the foot of the terminal, drawn every second; log lines go above it. */
export const LiveScreen = {
  /** @returns a function that leaves the last block standing and gives the terminal back. */
  start(options: {
    readonly config: Pick<Config, 'name' | 'tables'>;
    readonly parts: readonly Part[];
    readonly events: Events;
    readonly terminal: Terminal;
  }): () => void {
    const { config, parts, events, terminal } = options;
    const screen = createLogUpdate(process.stderr);
    const { tally, end } = tallyEvents(events);
    const [captured, archived] = [new RateMeter(), new RateMeter()];
    const startedAt = systemClock.now();
    let block = '';
    const redraw = (): void => screen(block);
    const draw = (): void => {
      const now = systemClock.now();
      const rates = {
        captureRate: captured.rate(now, tally.captured),
        archiveRate: archived.rate(now, tally.archived),
      };
      const { name, tables } = config;
      const { columns } = terminal;
      block = terminal.secrets.clean(
        liveBlock({ name, tables, parts, tally, startedAt, now, ...rates, columns }),
      );
      redraw();
    };
    terminal.divertMessages((text) => {
      screen.persist(text.trimEnd());
      redraw();
    });
    const timer = setInterval(draw, REDRAW_MS);
    draw();
    return () => {
      clearInterval(timer);
      draw();
      terminal.divertMessages(undefined);
      end();
      screen.done();
    };
  },
};
