import { fileURLToPath } from 'node:url';
import type { Events } from '../base/event-map.ts';
import { TidemarkError } from '../base/errors.ts';
import { parseS3Address } from '../base/s3-address.ts';
import { DiskSink } from './disk/disk-sink.ts';
import { S3_DEFAULTS } from './s3/s3-options.ts';
import type { S3Options } from './s3/s3-options.ts';
import { S3Sink } from './s3/s3-sink.ts';
import type { Sink } from './sink.ts';

/** How a sink is opened, beside its address. */
export interface OpenSinkOptions {
  /** How a bucket is written and asked; what is left out is as docs/configuration.md says. */
  readonly s3?: Partial<S3Options>;
  /** Told of what the sink meets. */
  readonly events?: Events;
}

/**
 * The sink of a configured address. Nothing is asked yet.
 *
 * @param url `file:///absolute/folder`, which is made by the first write; `s3://bucket/prefix?endpoint=…&region=…`.
 * @throws TidemarkError ERR_CONFIG_INVALID for any other address.
 */
export function openSink(url: string, { s3, events }: OpenSinkOptions = {}): Sink {
  if (url.startsWith('file:///')) return new DiskSink({ folder: fileURLToPath(url), url });
  if (url.startsWith('s3://')) {
    const address = parseS3Address(url);
    if ('problem' in address)
      throw new TidemarkError('ERR_CONFIG_INVALID', {
        detail: `sink.url: ${address.problem}`,
        remedy: 'Use s3://bucket/prefix?endpoint=…&region=…, see docs/storage.md.',
      });
    return new S3Sink({ url, address, options: { ...S3_DEFAULTS, ...s3 }, events });
  }
  const scheme = /^([a-z0-9+.-]+):/i.exec(url)?.[1] ?? 'no';
  throw new TidemarkError('ERR_CONFIG_INVALID', {
    detail: `sink.url: scheme ${scheme} is not known`,
    remedy: 'Use file:///absolute/folder or s3://bucket/prefix.',
  });
}
