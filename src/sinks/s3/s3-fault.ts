import { messageOf, TidemarkError } from '../../base/errors.ts';
import type { S3Address } from '../../base/s3-address.ts';
import { systemCode } from '../sink-fault.ts';
import { SINK_USE, s3Remedy } from './s3-remedy.ts';
import type { S3Use } from './s3-remedy.ts';

/** Runs an effect on a bucket; what fails becomes ERR_SINK_UNAVAILABLE, deliberate failures pass. */
export async function orS3Fault<T>(
  call: { readonly what: string; readonly address: S3Address },
  effect: () => Promise<T>,
): Promise<T> {
  try {
    return await effect();
  } catch (error) {
    if (error instanceof TidemarkError) throw error;
    throw s3Fault(call, error);
  }
}

/**
 * What a request for a source file failed with, for a reason that may pass: a new error without the request. It is made
 * in a packing thread, whose errors lose all but their text on the way out.
 */
export class S3SourceFault extends Error {
  override readonly name = 'S3SourceFault';
  readonly code: string;
  readonly remedy: string | undefined;

  constructor(error: unknown, place: { readonly address: S3Address; readonly use: S3Use }) {
    super(`${describe(error)}, bucket ${place.address.bucket}`);
    this.code = s3Code(error);
    this.remedy = s3Remedy(this.code, place.address, place.use);
  }
}

/**
 * The cause is a new error: those of the SDK carry the request with its signature, and what the server echoed of it, which
 * a logger that prints every field would show.
 */
function s3Fault(
  { what, address }: { readonly what: string; readonly address: S3Address },
  error: unknown,
): TidemarkError {
  const code = s3Code(error);
  const cause = Object.assign(new Error(describe(error)), { code });
  const remedy = s3Remedy(code, address, SINK_USE);
  return new TidemarkError('ERR_SINK_UNAVAILABLE', {
    detail: `${what}: ${cause.message}`,
    ...(remedy === undefined ? {} : { remedy }),
    cause,
  });
}

/** The name that S3 or the system gives to what happened; a bare answer is named by its status. */
export function s3Code(error: unknown): string {
  const status = s3Status(error);
  if (status === undefined) return systemCode(error) ?? nameOf(error);
  const name = nameOf(error);
  return BARE_NAMES.has(name) ? (BY_STATUS[status] ?? `HTTP ${status}`) : name;
}

/** Undefined when there was no answer. */
export function s3Status(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
}

/** What the SDK calls an answer without a body, as all answers to HEAD are. */
const BARE_NAMES: ReadonlySet<string> = new Set([
  'Error',
  'Unknown',
  'UnknownError',
  'S3ServiceException',
  '403',
  '400',
  '301',
]);

const BY_STATUS: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  400: 'BadRequest',
  403: 'AccessDenied',
  404: 'NotFound',
  409: 'ConditionalRequestConflict',
  412: 'PreconditionFailed',
  501: 'NotImplemented',
  503: 'ServiceUnavailable',
};

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

function describe(error: unknown): string {
  const status = s3Status(error);
  const code = s3Code(error);
  const message = messageOf(error).trim();
  const said = message === '' || message === code || BARE_NAMES.has(message) ? '' : `: ${message}`;
  return `${code}${status === undefined ? '' : ` (HTTP ${status})`}${said}`;
}
