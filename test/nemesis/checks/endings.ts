import type { Ending } from '../member.ts';
import type { Finding } from './finding.ts';

/**
 * What a process may say when it ends by itself: another one owns its work now, or it was started while something
 * that it checks at its start (the sink, a server) was broken. Whoever started it starts it again.
 */
const ALLOWED = new Set(['ERR_FENCED', 'ERR_PREREQUISITE']);

/** No process ended in a way that no fault of ours explains, and none with an error that was not foreseen. */
export function checkEndings(endings: readonly Ending[]): Finding[] {
  const unexplained = endings.filter((ending) => !isExplained(ending));
  return [{ what: 'processes that ended without cause', problems: unexplained.map(describe) }];
}

function isExplained({ asked, failpoint, signal, status, lastWords }: Ending): boolean {
  // What is no error of the catalogue was not foreseen, whatever we had asked for.
  if (/^error: /m.test(lastWords)) return false;
  if (asked === 'kill' || asked === 'stop') return true;
  if (failpoint !== null && signal === 'SIGKILL') return true;
  // A signal that comes before the process listens to it ends it there and then: it has done nothing yet.
  if (asked === 'drain' && (status === 0 || (signal === 'SIGTERM' && lastWords === ''))) return true;
  const [, code] = /^(ERR_\w+):/m.exec(lastWords) ?? [];
  return status === 1 && code !== undefined && ALLOWED.has(code);
}

function describe({ member, status, signal, asked, lastWords }: Ending): string {
  const how = signal ?? `status ${status}`;
  return `${member} ended with ${how}${asked === null ? '' : ` when told to ${asked}`}: ${lastWords}`;
}
