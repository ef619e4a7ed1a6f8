import { createLogUpdate } from 'log-update';
import { systemClock } from '../base/clock.ts';
import type { Events } from '../base/event-map.ts';
import type { Config } from '../config/config.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import { liveBlock } from './live-block.ts';
import { tallyEvents } from './live-tally.ts';
import type { Terminal } from './terminal.ts';

const REDRAW_MS = 1_000;

/** A block at the foot of the terminal, drawn every second; log lines go above it. */
export const LiveScreen = {
  /** @returns a function that leaves the last block standing and gives the terminal back. */
  start(options: {
    readonly config: Config;
    readonly events: Events;
    readonly terminal: Terminal;
  }): () => void {
    const { config, events, terminal } = options;
    const screen = createLogUpdate(process.stderr);
    const { tally, end } = tallyEvents(events);
    let before = { at: systemClock.now(), captured: 0, archived: 0 };
    let block = '';
    const redraw = (): void => screen(block);
    const draw = (): void => {
      const now = systemClock.now();
      const seconds = Math.max(0.001, (now - before.at) / MICROS_PER_SECOND);
      const captureRate = (tally.captured - before.captured) / seconds;
      const archiveRate = (tally.archived - before.archived) / seconds;
      before = { at: now, captured: tally.captured, archived: tally.archived };
      block = terminal.secrets.clean(liveBlock({ config, tally, now, captureRate, archiveRate }));
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
