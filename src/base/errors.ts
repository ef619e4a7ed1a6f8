import { CATALOGUE } from './error-catalogue.ts';
import type { ErrorCode } from './error-catalogue.ts';

export type { ErrorCode } from './error-catalogue.ts';

/** What a failure says beside its code. */
export interface TidemarkErrorOptions {
  /** What happened this time: names, positions, numbers. Never row values or secrets. */
  readonly detail: string;
  /** The command or change that mends it, when this case knows better than the catalogue. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** Every deliberate failure. What it means, whether retrying helps and what to do stand in the catalogue. */
export class TidemarkError extends Error {
  override readonly name = 'TidemarkError';
  /** Its entry in docs/errors.md. */
  readonly code: ErrorCode;
  /** What happened this time. */
  readonly detail: string;
  /** What mends it. */
  readonly remedy: string;

  constructor(code: ErrorCode, options: TidemarkErrorOptions) {
    super(`${code}: ${options.detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.remedy = options.remedy ?? CATALOGUE[code].remedy;
  }

  /** True when the same call may succeed later without anybody changing anything. */
  get retryable(): boolean {
    return CATALOGUE[this.code].retryable;
  }
}

/** What an error says, to be told in another one's detail: anything may have been thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What mends it; null for a failure that is not a deliberate one. */
export function remedyOf(error: unknown): string | null {
  return error instanceof TidemarkError ? error.remedy : null;
}

/** True for what may pass by itself: catalogue entries that say so, and errors of the network and the disk. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof TidemarkError) return error.retryable;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && TRANSIENT_SYSTEM_CODES.has(code)) return true;
  return (error as { retriable?: unknown } | null)?.retriable === true;
}

const TRANSIENT_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EIO',
  'ENOSPC',
  'EDQUOT',
  'EMFILE',
  'ENFILE',
  'EBUSY',
  'EROFS',
  'ESTALE',
]);
