import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { TEMPORARY_FOLDER } from '../sink-name.ts';
import type { S3Bucket } from './s3-bucket.ts';

/**
 * Names below the bucket's prefix that begin with `prefix`, a page at a time, in the order of their UTF-8 bytes, which is
 * S3's own.
 *
 * @throws Error when the server lists in another order: readers merge by it.
 */
export async function* listNames(bucket: S3Bucket, prefix: string, pageMax?: number): AsyncGenerator<string> {
  let previous: string | undefined;
  for await (const page of pages(bucket, { prefix, ...(pageMax === undefined ? {} : { pageMax }) }))
    for (const { Key } of page.Contents ?? []) {
      const name = (Key ?? '').slice(bucket.address.prefix.length);
      // Consoles make an empty object for what they show as a folder.
      if (name === '' || name.endsWith('/') || name.startsWith(`${TEMPORARY_FOLDER}/`)) continue;
      if (previous !== undefined && compareBytes(previous, name) >= 0)
        throw new Error(
          `the server lists ${name} after ${previous}; names must come in the order of their bytes`,
        );
      yield (previous = name);
    }
}

/** Next segments below a prefix, in order. There are few: tables, years, months, days. */
export async function* listFolders(bucket: S3Bucket, prefix: string): AsyncGenerator<string> {
  const start = bucket.address.prefix.length + prefix.length;
  const names: string[] = [];
  for await (const page of pages(bucket, { prefix, delimiter: '/' }))
    for (const { Prefix } of page.CommonPrefixes ?? []) names.push((Prefix ?? '').slice(start, -1));
  // S3 sorts them with their `/`, which comes after `-` and `.`.
  yield* names.filter((name) => name !== '' && name !== TEMPORARY_FOLDER).sort(compareBytes);
}

async function* pages(
  bucket: S3Bucket,
  query: { readonly prefix: string; readonly delimiter?: string; readonly pageMax?: number },
): AsyncGenerator<ListObjectsV2CommandOutput> {
  const s3 = await bucket.client();
  let token: string | undefined;
  do {
    const page = await s3.listObjectsV2({
      Bucket: bucket.address.bucket,
      Prefix: bucket.address.prefix + query.prefix,
      ...(query.delimiter === undefined ? {} : { Delimiter: query.delimiter }),
      ...(query.pageMax === undefined ? {} : { MaxKeys: query.pageMax }),
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    yield page;
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}
