import { randomBytes } from 'node:crypto';
import { TidemarkError } from '../../base/errors.ts';
import { parseS3Address } from '../../base/s3-address.ts';
import type { S3Address } from '../../base/s3-address.ts';
import type { Requirement } from '../../model/requirement.ts';
import { SourceRefusal } from '../pack/source-problem.ts';
import { discard } from './answer-body.ts';
import { INSPECTION } from './bucket-requirements.ts';
import { grant } from './grant.ts';
import { deleteObject } from './remove-object.ts';
import { S3Bucket } from './s3-bucket.ts';
import { S3SourceFault } from './s3-fault.ts';
import { S3_DEFAULTS } from './s3-options.ts';
import { CLEANUP_USE, SOURCE_USE, s3MayPass } from './s3-remedy.ts';
import { requestObject } from './source-request.ts';

/** Nobody has a file of this name; if somebody does, it may be read. */
const NOBODYS_NAME = '.tidemark-check';
/** Where it is kept, not even a delete marker is left behind. */
const NOBODYS_ETAG = '"00000000000000000000000000000000"';
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

/** The same for prefixes whose objects are removed: a name that nobody can have is removed. */
export async function inspectRemoval(options: {
  readonly url: string;
  readonly name: string;
}): Promise<Requirement> {
  const { url, name } = options;
  const address = parseS3Address(url);
  if ('problem' in address)
    throw new TidemarkError('ERR_CONFIG_INVALID', { detail: `${name}: ${address.problem}` });
  const reading = await inspectSourceBucket({ address, name, availableName: name });
  if (!reading.ok) return reading;
  const bucket = new S3Bucket(address, { ...S3_DEFAULTS, ...INSPECTION }, CLEANUP_USE);
  const about = { name, severity: 'error' } as const;
  try {
    await deleteObject(bucket, {
      key: `${address.prefix}${NOBODYS_NAME}-${randomBytes(8).toString('hex')}`,
      ifMatch: NOBODYS_ETAG,
      signal: NEVER,
    });
    return { ...about, ok: true, detail: 'objects can be read and removed', remedy: null };
  } catch (error) {
    if (!(error instanceof S3SourceFault)) throw error;
    const { code, message, remedy = null } = error;
    return {
      ...{ ...about, ok: false, detail: message },
      remedy: code === 'AccessDenied' ? grant(['s3:DeleteObject'], bucket) : remedy,
    };
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
