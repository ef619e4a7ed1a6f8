import { entry } from './catalogue-entry.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';

/** What the console answers of itself, and what it may do. */
export const CONSOLE_ERRORS = {
  ERR_CONSOLE_FULL: entry(
    'As many pages of the console are open as one process serves (status 503).',
    true,
    'Close one that nobody looks at; the page tries again by itself. `tidemark console` serves others.',
  ),
  ERR_CONSOLE_HOST: entry(
    'The console was asked for under a name that is not its own, as a foreign page would whose name was made to lead here (status 403).',
    false,
    'Use its address or `localhost`, or add the name to serve.consoleHosts (`tidemark console --name`).',
  ),
  ERR_CONSOLE_ORIGIN: entry(
    'An action was asked for from elsewhere than the page of this console (status 403).',
    false,
    'Use the page. A proxy before it must pass Host and Origin on as they came.',
  ),
  ERR_CONSOLE_READ_ONLY: entry(
    'This console shows and does nothing: it has no file of tokens, or its process does not archive (status 403).',
    false,
    'Name a file of tokens in serve.consoleTokenFile (`tidemark console --token-file`). To pause, use the console of the `tidemark archive` or `run` that has the partitions.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
