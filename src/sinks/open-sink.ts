import { fileURLToPath } from 'node:url';
import { TidemarkError } from '../base/errors.ts';
import { DiskSink } from './disk/disk-sink.ts';
import type { Sink } from './sink.ts';

/**
 * The sink of a configured address.
 *
 * @param url `file:///absolute/folder`; the folder is made by the first write.
 * @throws TidemarkError ERR_CONFIG_INVALID for any other address.
 */
export function openSink(url: string): Sink {
  if (url.startsWith('file:///')) return new DiskSink({ folder: fileURLToPath(url), url });
  const scheme = /^([a-z0-9+.-]+):/i.exec(url)?.[1] ?? 'no';
  throw new TidemarkError('ERR_CONFIG_INVALID', {
    detail: `sink.url: ${scheme === 's3' ? 's3:// is not supported yet' : `scheme ${scheme} is not known`}`,
    remedy: 'Use file:///absolute/folder.',
  });
}
