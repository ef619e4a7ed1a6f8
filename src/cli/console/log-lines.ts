import type { ConsoleEvents } from '../../base/console-events.ts';
import { line } from '../log-line.ts';
import type { Line } from '../log-line.ts';

/** Who did what at the console. */
export const CONSOLE_LINES: { readonly [N in keyof ConsoleEvents]: Line<N> } = {
  'console:acted': line('serve', 'info', 'somebody acted at the console', (e) => e),
  'table:paused': line('archive', 'warn', 'the table is paused, its rows wait in kafka', (e) => e),
  'table:resumed': line('archive', 'info', 'the table goes on', (e) => e),
};
