import type { S3 } from '@aws-sdk/client-s3';
import { TidemarkError } from '../../base/errors.ts';
import type { S3Address } from '../../base/s3-address.ts';
import type { S3Options } from './s3-options.ts';
import type { S3Use } from './s3-remedy.ts';

const CONNECT_WITHIN_MS = 10_000;
/** Amazon's and every other server's name for "there is only one". */
const REGION_OF_OTHERS = 'us-east-1';
/** Reading needs connections beside the parts that go up. */
const READERS = 16;

/** The SDK would write to the console past the command's own terminal and its filter for secrets. */
const MUTE = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * A client of the SDK. Credentials come from its own chain: environment, profile, container, instance.
 * Loaded when the first request is made, so that commands on a folder do not pay for it.
 */
export async function createS3Client(place: {
  readonly address: S3Address;
  readonly options: S3Options;
  readonly use: S3Use;
}): Promise<S3> {
  const { address, options } = place;
  const { S3 } = await import('@aws-sdk/client-s3');
  const region = address.region ?? (address.endpoint === null ? undefined : REGION_OF_OTHERS);
  const agent = { keepAlive: true, maxSockets: options.requestsMax + READERS };
  const client = new S3({
    ...(region === undefined ? {} : { region }),
    ...(address.endpoint === null ? {} : { endpoint: address.endpoint }),
    forcePathStyle: address.usesPathStyle,
    retryMode: 'standard',
    maxAttempts: options.attemptsMax,
    // What is sent has a digest of ours; ranges that are read have none on the server (docs/storage.md).
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With it every part would have a connection of its own.
    expectContinueHeader: false,
    logger: MUTE,
    requestHandler: {
      connectionTimeout: CONNECT_WITHIN_MS,
      socketTimeout: options.requestTimeoutMs,
      httpAgent: agent,
      httpsAgent: agent,
      logger: MUTE,
    },
  });
  await requireRegion(client, place);
  client.middlewareStack.add(
    (next) => (args) => {
      signPayloadDigest(args.request);
      return next(args);
    },
    { name: 'tidemarkSignPayloadDigest', step: 'build', priority: 'low' },
  );
  return client;
}

async function requireRegion(
  client: S3,
  { address: { bucket }, use }: { readonly address: S3Address; readonly use: S3Use },
): Promise<void> {
  try {
    await client.config.region();
  } catch (cause) {
    throw new TidemarkError('ERR_CONFIG_INVALID', {
      detail: `${use.setting}: the region of bucket ${bucket} is not known`,
      remedy: `Write s3://${bucket}/…?region=…, or set AWS_REGION.`,
      cause,
    });
  }
}

/**
 * The digest that goes with the bytes also goes into the signature, so every server compares it with what arrives, also
 * one that knows no checksums. The SDK would hash the bytes once more for it.
 */
function signPayloadDigest(request: unknown): void {
  const { headers } = request as { readonly headers: Record<string, string> };
  const digest = headers['x-amz-checksum-sha256'];
  if (digest !== undefined) headers['x-amz-content-sha256'] = Buffer.from(digest, 'base64').toString('hex');
}
