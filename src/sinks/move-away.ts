import { fileURLToPath } from 'node:url';
import { shellQuote } from '../base/shell-quote.ts';
import type { Sink } from './sink.ts';

/** The command that takes a file of the sink out of the way without losing it. */
export function moveAway(sink: Sink, name: string): string {
  if (!sink.url.startsWith('file://')) return `move ${name} to another name on ${sink.url}`;
  const path = `${fileURLToPath(sink.url).replace(/\/$/, '')}/${name}`;
  return `mv ${shellQuote(path)} ${shellQuote(`${path}.aside`)}`;
}
