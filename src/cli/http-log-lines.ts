import type { EventName } from '../base/event-map.ts';
import { line } from './log-line.ts';
import type { Line } from './log-line.ts';

type HttpEventName = Extract<EventName, `http:${string}`>;

/** The access log of `tidemark serve`, and what goes wrong in it. */
export const HTTP_LINES: { readonly [N in HttpEventName]: Line<N> } = {
  'http:listening': line('serve', 'info', 'the archive is served', (e) => e),
  'http:answered': line('serve', 'info', 'request answered', ({ durationMs, ...e }) => ({
    ...e,
    durationMs: Number(durationMs.toFixed(1)),
  })),
  'http:failed': line('serve', 'warn', 'an answer failed', (e) => e),
  'http:tokens-read': line('serve', 'info', 'tokens read', (e) => e),
  'http:tokens-unusable': line(
    'serve',
    'warn',
    'the file of tokens cannot be used, those of before stay',
    (e) => e,
  ),
};
