import type { S3Address } from '../../base/s3-address.ts';
import { GOES_ON } from '../sink-remedy.ts';
import { awsCommand } from './aws-command.ts';

/** What a bucket is for, in the words of the configuration. */
export interface S3Use {
  /** The key that has the address. */
  readonly setting: string;
  /** The key that bounds the requests under way. */
  readonly requestsMax: string;
  /** The rights that it takes. */
  readonly policy: string;
}

export const SINK_USE: S3Use = {
  setting: 'sink.url',
  requestsMax: 'sink.s3.requestsMax',
  policy: 'deploy/s3-policy.json',
};
export const SOURCE_USE: S3Use = {
  setting: 'source.roots',
  requestsMax: 'source.requestsMax',
  policy: 'deploy/s3-source-policy.json',
};

export const CLEANUP_USE: S3Use = { ...SOURCE_USE, policy: 'deploy/s3-cleanup-policy.json' };

const CREDENTIALS =
  'Give Tidemark credentials that this server knows, by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE) or the role of its machine.';
const reach = ({ setting }: S3Use) =>
  `See whether the endpoint in ${setting} (or AWS_ENDPOINT_URL_S3) answers from this machine.`;
const later = ({ requestsMax }: S3Use) =>
  `Nothing to do: it is tried again, more and more slowly. If it lasts, ask the operator of the store, or lower ${requestsMax}. ${GOES_ON}`;
const region = ({ setting }: S3Use) =>
  `Give the bucket’s own region in ${setting}: s3://bucket/prefix?region=…`;
const changedOnTheWay = () => ON_THE_WAY;
const credentials = () => CREDENTIALS;
const ON_THE_WAY = `Look for a proxy or a cable between Tidemark and the store that changes what passes; use https. ${GOES_ON}`;
const CLOCK = 'Set the clock of this machine (`timedatectl`): requests are signed with the time.';

const REMEDIES: Readonly<Record<string, (use: S3Use, address: S3Address) => string>> = {
  NoSuchBucket: ({ setting }, address) =>
    `Make the bucket, or correct ${setting}: ${awsCommand(address, 's3api create-bucket')}`,
  AccessDenied: ({ policy }, { bucket, prefix }) =>
    `Allow this user what ${policy} lists, on bucket ${bucket} and prefix ${JSON.stringify(prefix)}; \`tidemark check\` names what is refused.`,
  InvalidAccessKeyId: credentials,
  SignatureDoesNotMatch: () => `The secret key does not belong to the access key. ${CREDENTIALS}`,
  CredentialsProviderError: credentials,
  ExpiredToken: () => `Renew the session (\`aws sso login\`, or a new token). ${CREDENTIALS}`,
  InvalidToken: credentials,
  RequestTimeTooSkewed: () => CLOCK,
  PermanentRedirect: region,
  AuthorizationHeaderMalformed: region,
  IllegalLocationConstraintException: region,
  SlowDown: later,
  ServiceUnavailable: later,
  InternalError: later,
  TooManyRequests: later,
  RequestTimeout: later,
  TimeoutError: (use) => `${reach(use)} ${GOES_ON}`,
  ECONNREFUSED: (use) => `Start the server. ${reach(use)} ${GOES_ON}`,
  ECONNRESET: (use) => `${reach(use)} ${GOES_ON}`,
  EPIPE: (use) => `${reach(use)} ${GOES_ON}`,
  ENOTFOUND: reach,
  EAI_AGAIN: (use) => `${reach(use)} ${GOES_ON}`,
  ETIMEDOUT: (use) => `${reach(use)} ${GOES_ON}`,
  BodyBrokeOff: (use) => `${reach(use)} ${GOES_ON}`,
  BodyDamaged: changedOnTheWay,
  BadDigest: changedOnTheWay,
  XAmzContentSHA256Mismatch: changedOnTheWay,
  XAmzContentChecksumMismatch: changedOnTheWay,
  NoSuchUpload: () =>
    `Somebody aborted the upload; the seal begins it again. If it repeats, raise the days of the bucket’s rule for incomplete uploads and sink.s3.sweepAfter. ${GOES_ON}`,
  InvalidStorageClass: () => 'Correct sink.s3.storageClass.',
  InvalidObjectState: () =>
    'The object was moved to a class that must be restored before it is read: `aws s3api restore-object`.',
  KMSAccessDenied: () => 'Allow this user kms:GenerateDataKey and kms:Decrypt on the key of sink.s3.kmsKey.',
  QuotaExceeded: () => `Raise the quota of the bucket. ${GOES_ON}`,
  XMinioStorageFull: () => `Make room on the store. ${GOES_ON}`,
};

/** What mends a fault, by S3's own name for it; undefined where the catalogue's word must do. */
export function s3Remedy(code: string, address: S3Address, use: S3Use): string | undefined {
  return Object.hasOwn(REMEDIES, code) ? REMEDIES[code]!(use, address) : undefined;
}

/** What no waiting mends: somebody must change the bucket, the rights or the configuration. */
const LASTING: ReadonlySet<string> = new Set([
  'NoSuchBucket',
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'CredentialsProviderError',
  'InvalidToken',
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'InvalidStorageClass',
  'InvalidBucketName',
  'KMSAccessDenied',
  'Error',
]);

/** True for a fault that a process which starts meanwhile waits out, as one that runs already does. */
export function s3MayPass(code: string | undefined): boolean {
  return code !== undefined && !LASTING.has(code);
}
