import { fileURLToPath } from 'node:url';
import { parseS3Address } from '../base/s3-address.ts';
import { shellQuote } from '../base/shell-quote.ts';
import { awsCommand } from './s3/aws-command.ts';
import type { Sink } from './sink.ts';

/** The command that takes a file of the sink out of the way without losing it. */
export function moveAway(sink: Sink, name: string): string {
  if (!sink.url.startsWith('file://')) return moveObject(sink.url, name);
  const path = `${fileURLToPath(sink.url).replace(/\/$/, '')}/${name}`;
  return `mv ${shellQuote(path)} ${shellQuote(`${path}.aside`)}`;
}

function moveObject(url: string, name: string): string {
  const address = parseS3Address(url);
  if ('problem' in address) return `move ${name} to another name on ${url}`;
  const object = `s3://${address.bucket}/${address.prefix}${name}`;
  return awsCommand(address, 's3 mv', [object, `${object}.aside`]);
}
