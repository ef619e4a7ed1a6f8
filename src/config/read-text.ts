import { closeSync, openSync, readSync } from 'node:fs';
import { TidemarkError } from '../base/errors.ts';

/** Room for some hundred tables. YAML has inputs whose reading takes time with the square of their length. */
const FILE_BYTES_MAX = 128 * 1_024;

/**
 * Reads the configuration file, which may be a pipe, and no more of it than a configuration can have.
 *
 * @throws TidemarkError ERR_CONFIG_NOT_FOUND; ERR_CONFIG_INVALID when it is larger, as a device is.
 */
export function readConfigText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readAtMost(path, FILE_BYTES_MAX + 1);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    const detail = code === 'ENOENT' ? `there is no ${path}` : `${path} cannot be read (${code})`;
    throw new TidemarkError('ERR_CONFIG_NOT_FOUND', { detail, cause });
  }
  if (bytes.length <= FILE_BYTES_MAX) return bytes.toString('utf8');
  throw new TidemarkError('ERR_CONFIG_INVALID', {
    detail: `${path} is larger than the ${FILE_BYTES_MAX} bytes that a configuration may have`,
    remedy: 'Name the right file with --config, or share out the tables among several archives.',
  });
}

function readAtMost(path: string, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  const file = openSync(path, 'r');
  try {
    let at = 0;
    for (let read = -1; read !== 0 && at < length; at += read)
      read = readSync(file, buffer, at, length - at, null);
    return buffer.subarray(0, at);
  } finally {
    closeSync(file);
  }
}
