import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

/** An ETag of one upload without a key of its own; one made of parts has a `-` and their number behind it. */
const MD5 = /^"?([0-9a-f]{32})"?$/;

/**
 * The MD5 that an object's bytes must have, where nothing better came with them: Amazon's and its followers' ETag of what
 * was put in one request, in the clear or under the store's own key (SSE-S3).
 *
 * @returns null where the ETag says nothing of the bytes, or the SDK compares a checksum already.
 */
export function md5Of(response: GetObjectCommandOutput): string | null {
  const { ETag, ServerSideEncryption, SSECustomerAlgorithm } = response;
  if (hasChecksum(response) || SSECustomerAlgorithm !== undefined) return null;
  if (ServerSideEncryption !== undefined && ServerSideEncryption !== 'AES256') return null;
  return MD5.exec(ETag ?? '')?.[1] ?? null;
}

/** Of the whole object: one over the parts is of no use to a reader, and the SDK does not compare it. */
function hasChecksum(response: GetObjectCommandOutput): boolean {
  const { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = response;
  return [ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256].some(
    (checksum) => checksum !== undefined && !checksum.includes('-'),
  );
}
