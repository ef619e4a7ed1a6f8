import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TidemarkError } from '../base/errors.ts';
import { shellQuote } from '../base/shell-quote.ts';
import type { Requirement } from '../model/requirement.ts';
import { openSink } from '../sinks/open-sink.ts';
import { systemCode } from '../sinks/sink-fault.ts';
import { mayPass } from '../sinks/sink-remedy.ts';

/** `check` is for people, who wait. */
const ANSWER_WITHIN_MS = 10_000;

/** The sink can be written, proven by writing. */
export async function inspectSink(url: string): Promise<Requirement> {
  try {
    await withinTime(openSink(url).check(), url);
    return { name: 'sink.writable', ok: true, severity: 'error', detail: url, remedy: null };
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    const code = systemCode(error.cause);
    return {
      // What may pass by itself has a name of its own: a long-running command waits for it.
      name: mayPass(code) ? SINK_AVAILABLE : 'sink.writable',
      ok: false,
      severity: 'error',
      detail: error.detail,
      remedy: commandFor(code, url.startsWith('file://') ? fileURLToPath(url) : url),
    };
  }
}

/** The sink was good and is not now: full, read-only, an I/O error, no answer. */
export const SINK_AVAILABLE = 'sink.available';

/** A frozen mount gives neither an answer nor an error. */
async function withinTime(check: Promise<void>, url: string): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([check, noAnswer(url, over.signal)]);
  } finally {
    over.abort();
  }
}

async function noAnswer(url: string, signal: AbortSignal): Promise<void> {
  // Aborted when the check has ended; then this promise has lost its race and nobody asks for it.
  await sleep(ANSWER_WITHIN_MS, undefined, { signal });
  throw new TidemarkError('ERR_SINK_UNAVAILABLE', {
    detail: `${url} has not answered for ${ANSWER_WITHIN_MS / 1_000} s`,
    cause: Object.assign(new Error('no answer'), { code: 'ESTALE' }),
  });
}

function commandFor(code: string | undefined, folder: string): string {
  const mount = shellQuote(mountPointOf(folder));
  switch (code ?? '') {
    case 'EROFS':
      return `sudo mount -o remount,rw ${mount}   # dmesg says why it is read-only`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `df -h ${mount}; df -i ${mount}   # and make room there`;
    case 'EIO':
    case 'ESTALE':
      return `dmesg | tail; findmnt ${mount}   # and mend the disk or its server`;
    default:
      return `sudo install -d -o "$(id -un)" ${shellQuote(folder)}`;
  }
}

/** The folder at which the file system of a path is mounted; the path itself may not be there yet. */
function mountPointOf(path: string): string {
  let at = resolve(path);
  while (!existsSync(at)) at = dirname(at);
  const { dev } = statSync(at);
  while (dirname(at) !== at && statSync(dirname(at)).dev === dev) at = dirname(at);
  return at;
}
