import type { S3Address } from '../../base/s3-address.ts';
import type { Requirement } from '../../model/requirement.ts';
import { SourceRefusal } from '../pack/source-problem.ts';
import { discard } from './answer-body.ts';
import { INSPECTION } from './bucket-requirements.ts';
import { grant } from './grant.ts';
import { S3Bucket } from './s3-bucket.ts';
import { S3SourceFault } from './s3-fault.ts';
import { S3_DEFAULTS } from './s3-options.ts';
import { SOURCE_USE, s3MayPass } from './s3-remedy.ts';
import { requestObject } from './source-request.ts';

/** Nobody has a file of this name; if somebody does, it may be read. */
const NOBODYS_NAME = '.tidemark-check';
const NEVER = new AbortController().signal;

/**
 * Whether objects below a prefix can be read, found out by asking for one that is not there: "there is none" is said only to
 * whom may read and list, and packing relies on it, for a row whose file is missing is a reject.
 *
 * @param options.availableName what may pass by itself (no answer, SlowDown) has this name, and is waited for.
 */
export async function inspectSourceBucket(options: {
  readonly address: S3Address;
  readonly name: string;
  readonly availableName: string;
}): Promise<Requirement> {
  const { address, name, availableName } = options;
  const bucket = new S3Bucket(address, { ...S3_DEFAULTS, ...INSPECTION }, SOURCE_USE);
  const readable: Requirement = {
    ...{ name, ok: true, severity: 'error', remedy: null },
    detail: 'objects can be read, and missing ones are told',
  };
  const key = `${address.prefix}${NOBODYS_NAME}`;
  try {
    discard(await requestObject(bucket, { key, range: null, pin: null, checks: false, signal: NEVER }));
    return readable;
  } catch (error) {
    if (error instanceof SourceRefusal) return readable;
    if (!(error instanceof S3SourceFault)) throw error;
    const { code, message, remedy = null } = error;
    const failing = { ok: false, severity: 'error', detail: message } as const;
    if (code === 'AccessDenied')
      return { ...failing, name, remedy: grant([await findMissingRight(bucket)], bucket) };
    return { ...failing, name: s3MayPass(code) ? availableName : name, remedy };
  }
}

/** Without the right to list, a missing object is answered as a forbidden one. */
async function findMissingRight(bucket: S3Bucket): Promise<'s3:GetObject' | 's3:ListBucket'> {
  const { bucket: Bucket, prefix: Prefix } = bucket.address;
  try {
    await (await bucket.client()).listObjectsV2({ Bucket, Prefix, MaxKeys: 1 });
    return 's3:GetObject';
  } catch {
    // Whatever it is, listing does not work; once it does, the other right is asked for.
    return 's3:ListBucket';
  }
}
