import { STATUS_CODES } from 'node:http';
import { CATALOGUE } from '../../base/error-catalogue.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { ErrorCode } from '../../base/errors.ts';

/** A failure as RFC 9457 has it, with what the catalogue knows. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Null for a failure that is in no catalogue. */
  readonly code: ErrorCode | null;
  readonly detail: string;
  readonly remedy: string;
}

/** Every other code is a failure of ours: 503 when it may pass by itself, else 500. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  ERR_CONSOLE_FULL: 503,
  ERR_CONSOLE_HOST: 403,
  ERR_CONSOLE_ORIGIN: 403,
  ERR_CONSOLE_READ_ONLY: 403,
  ERR_HTTP_BUSY: 503,
  ERR_HTTP_METHOD: 405,
  ERR_HTTP_NOT_ACCEPTABLE: 406,
  ERR_HTTP_NOT_FOUND: 404,
  ERR_HTTP_PRECONDITION: 412,
  ERR_HTTP_RANGE: 416,
  ERR_HTTP_RATE: 429,
  ERR_HTTP_REQUEST: 400,
  ERR_HTTP_UNAUTHORIZED: 401,
  ERR_UID_NOT_FOUND: 404,
  ERR_USAGE: 400,
  ERR_WINDOW_NOT_FOUND: 404,
};

/** Seconds after which a client may ask again. */
const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = { ERR_HTTP_BUSY: 1, ERR_SINK_UNAVAILABLE: 5 };

export function problemOf(error: unknown): Problem {
  if (!(error instanceof TidemarkError)) return problemOfFramework(error);
  const { code, detail, remedy } = error;
  const status = STATUSES[code] ?? (error.retryable ? 503 : 500);
  // What failed on our side names shards, folders and buckets; that is for the log.
  const isOurs = status >= 500;
  return {
    type: `/v1/errors/${code}`,
    title: titleOf(status),
    status,
    code,
    detail: isOurs ? CATALOGUE[code].meaning : detail,
    remedy: isOurs ? CATALOGUE[code].remedy : remedy,
  };
}

export function retryAfterSeconds({ code, status }: Problem): number | undefined {
  if (code === null) return undefined;
  return RETRY_AFTER_SECONDS[code] ?? (status === 503 ? 1 : undefined);
}

/** What Fastify or Node refuse before a handler sees it is the client's mistake; anything else was not foreseen. */
function problemOfFramework(error: unknown): Problem {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const code = 'ERR_HTTP_REQUEST';
    return {
      type: `/v1/errors/${code}`,
      title: titleOf(status),
      status,
      code,
      detail: (error as Error).message,
      remedy: CATALOGUE[code].remedy,
    };
  }
  return {
    type: 'about:blank',
    title: titleOf(500),
    status: 500,
    code: null,
    detail: 'This failure was not foreseen.',
    remedy: 'The log of the server has it at this time.',
  };
}

function titleOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}
