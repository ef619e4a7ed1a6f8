import type { S3Address } from '../../base/s3-address.ts';
import { GOES_ON } from '../sink-remedy.ts';
import { awsCommand } from './aws-command.ts';

const CREDENTIALS =
  'Give Tidemark credentials that this server knows, by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE) or the role of its machine.';
const REACH = 'See whether the endpoint in sink.url (or AWS_ENDPOINT_URL_S3) answers from this machine.';
const LATER = `Nothing to do: it is tried again, more and more slowly. If it lasts, ask the operator of the store, or lower sink.s3.requestsMax. ${GOES_ON}`;
const REGION = 'Give the bucket’s own region in sink.url: s3://bucket/prefix?region=…';
const ON_THE_WAY = `Look for a proxy or a cable between Tidemark and the store that changes what passes; use https. ${GOES_ON}`;
const CLOCK = 'Set the clock of this machine (`timedatectl`): requests are signed with the time.';

const REMEDIES: Readonly<Record<string, (address: S3Address) => string>> = {
  NoSuchBucket: (address) =>
    `Make the bucket, or correct sink.url: ${awsCommand(address, 's3api create-bucket')}`,
  AccessDenied: ({ bucket, prefix }) =>
    `Allow this user what deploy/s3-policy.json lists, on bucket ${bucket} and prefix ${JSON.stringify(prefix)}; \`tidemark check\` names what is refused.`,
  InvalidAccessKeyId: () => CREDENTIALS,
  SignatureDoesNotMatch: () => `The secret key does not belong to the access key. ${CREDENTIALS}`,
  CredentialsProviderError: () => CREDENTIALS,
  ExpiredToken: () => `Renew the session (\`aws sso login\`, or a new token). ${CREDENTIALS}`,
  InvalidToken: () => CREDENTIALS,
  RequestTimeTooSkewed: () => CLOCK,
  PermanentRedirect: () => REGION,
  AuthorizationHeaderMalformed: () => REGION,
  IllegalLocationConstraintException: () => REGION,
  SlowDown: () => LATER,
  ServiceUnavailable: () => LATER,
  InternalError: () => LATER,
  TooManyRequests: () => LATER,
  RequestTimeout: () => LATER,
  TimeoutError: () => `${REACH} ${GOES_ON}`,
  ECONNREFUSED: () => `Start the server. ${REACH} ${GOES_ON}`,
  ECONNRESET: () => `${REACH} ${GOES_ON}`,
  EPIPE: () => `${REACH} ${GOES_ON}`,
  ENOTFOUND: () => REACH,
  EAI_AGAIN: () => `${REACH} ${GOES_ON}`,
  ETIMEDOUT: () => `${REACH} ${GOES_ON}`,
  BadDigest: () => ON_THE_WAY,
  XAmzContentSHA256Mismatch: () => ON_THE_WAY,
  XAmzContentChecksumMismatch: () => ON_THE_WAY,
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
export function s3Remedy(code: string, address: S3Address): string | undefined {
  return Object.hasOwn(REMEDIES, code) ? REMEDIES[code]!(address) : undefined;
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
