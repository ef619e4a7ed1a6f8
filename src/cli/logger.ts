import { Writable } from 'node:stream';
import type { Logger } from 'pino';
import type { LogLevel } from '../config/schema.ts';
import type { Terminal } from './terminal.ts';

/** JSON lines on standard error, or readable ones when it is a terminal. Secrets are filtered by the terminal. */
export async function createLogger(options: {
  readonly level: LogLevel;
  readonly terminal: Terminal;
}): Promise<Logger> {
  const { level, terminal } = options;
  // Only here: most commands log nothing, and would spend a third of their start on this.
  const [{ pino }, { default: pretty }] = await Promise.all([import('pino'), import('pino-pretty')]);
  const destination = new Writable({
    decodeStrings: false,
    write(chunk: Buffer | string, _encoding, done) {
      terminal.say(chunk.toString());
      done();
    },
  });
  const stream = terminal.errIsTty
    ? pretty({
        destination,
        colorize: true,
        translateTime: 'SYS:HH:MM:ss',
        ignore: 'pid,hostname',
        singleLine: true,
        sync: true,
      })
    : destination;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}
