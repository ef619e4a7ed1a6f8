import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { TidemarkError, messageOf } from '../../base/errors.ts';
import { WantedUids } from '../../sinks/extract/wanted-uids.ts';
import type { WantedUid } from '../../sinks/extract/wanted-uids.ts';
import { parseUidLine } from './parse-uid-line.ts';

/**
 * Reads the list of `--uids`, a uid a line.
 *
 * @param path `-` for standard input.
 * @throws TidemarkError ERR_USAGE when it cannot be read or a line is none.
 */
export async function readUids(path: string): Promise<WantedUids> {
  const wanted: WantedUid[] = [];
  let number = 0;
  try {
    const input = path === '-' ? process.stdin : createReadStream(path);
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      number++;
      const uid = parseUidLine(line);
      if (uid === undefined) continue;
      if ('problem' in uid)
        throw new TidemarkError('ERR_USAGE', {
          detail: `line ${number} of --uids ${path}: ${uid.problem}`,
          remedy: 'Write a uid a line, or {"uid": "…", "created_at": "…"}.',
        });
      wanted.push(uid);
    }
  } catch (cause) {
    if (cause instanceof TidemarkError) throw cause;
    throw new TidemarkError('ERR_USAGE', {
      detail: `--uids ${path} cannot be read: ${messageOf(cause)}`,
      remedy: 'Correct the path; - is standard input.',
      cause,
    });
  }
  return new WantedUids(wanted);
}
