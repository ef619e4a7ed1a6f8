import type { EventEmitter } from 'node:events';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * The one place that owns the signals: the first asks to drain, the second to stop at once.
 *
 * @returns a function that gives the signals back.
 */
export function onSignals(options: {
  readonly drain: (signal: string) => void;
  readonly stop: (signal: string) => void;
  /** The process, unless a test says otherwise. */
  readonly source?: Pick<EventEmitter, 'on' | 'off'>;
}): () => void {
  const source = options.source ?? process;
  let asked = false;
  const listener = (signal: string): void => {
    if (asked) options.stop(signal);
    else options.drain(signal);
    asked = true;
  };
  for (const signal of SIGNALS) source.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) source.off(signal, listener);
  };
}
