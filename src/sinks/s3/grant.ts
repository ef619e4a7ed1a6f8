import type { S3Address } from '../../base/s3-address.ts';
import type { S3Use } from './s3-remedy.ts';

/** The command that gives rights on a bucket, or on what lies below its prefix, for people to copy. */
export function grant(
  actions: readonly string[],
  { address: { bucket, prefix }, use }: { readonly address: S3Address; readonly use: S3Use },
): string {
  const ofBucket = actions.every((action) => action.startsWith('s3:List'));
  const resource = `arn:aws:s3:::${bucket}${ofBucket ? '' : `/${prefix}*`}`;
  return `allow ${actions.join(', ')} on ${resource}, as ${use.policy} does: aws iam put-user-policy --user-name USER --policy-name tidemark --policy-document file://${use.policy}`;
}
