import type { S3Address } from '../../base/s3-address.ts';
import { shellQuote } from '../../base/shell-quote.ts';

/** A command of AWS's own tool on this bucket, for people to copy. @param command such as `s3api create-bucket`. */
export function awsCommand(address: S3Address, command: string, rest: readonly string[] = []): string {
  const words = [
    ...(command.startsWith('s3api') ? ['--bucket', address.bucket] : []),
    ...rest,
    ...(address.endpoint === null ? [] : ['--endpoint-url', address.endpoint]),
    ...(address.region === null ? [] : ['--region', address.region]),
  ];
  return ['aws', command, ...words.map(shellQuote)].join(' ');
}
