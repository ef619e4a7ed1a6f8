import { readRange } from './byte-range.ts';
import type { ByteSpan } from './byte-range.ts';
import { readHttpDate } from './http-date.ts';

/** What the client asks besides which file: names of headers in lower case, as Node gives them. */
export type AskedHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The file as validators and ranges see it. */
export interface Representation {
  /** Strong, with its quotes. */
  readonly etag: string;
  /** Of created_at, in whole seconds. */
  readonly modifiedSeconds: number;
  readonly sizeBytes: number;
}

export type AnswerPlan =
  { readonly status: 200 | 304 | 412 | 416 } | { readonly status: 206; readonly span: ByteSpan };

/**
 * Which answer a request for a file gets: the conditions in the order of RFC 9110, section 13.2.2, then the range. Files
 * never change, so a date is as good as a tag where the client has no better.
 */
export function planAnswer(method: 'GET' | 'HEAD', headers: AskedHeaders, file: Representation): AnswerPlan {
  const ask = (name: string) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  if (!isPreconditionMet(ask, file)) return { status: 412 };
  if (isFresh(ask, file)) return { status: 304 };
  if (method === 'HEAD' || !rangeApplies(ask('if-range'), file)) return { status: 200 };
  const span = readRange(ask('range'), file.sizeBytes);
  if (span === 'whole') return { status: 200 };
  return span === 'unsatisfiable' ? { status: 416 } : { status: 206, span };
}

type Ask = (name: string) => string | undefined;

function isPreconditionMet(ask: Ask, file: Representation): boolean {
  const match = ask('if-match');
  if (match !== undefined) return matches(match, file.etag, 'strong');
  const unmodifiedSince = readDate(ask('if-unmodified-since'));
  return unmodifiedSince === undefined || file.modifiedSeconds <= unmodifiedSince;
}

function isFresh(ask: Ask, file: Representation): boolean {
  const noneMatch = ask('if-none-match');
  if (noneMatch !== undefined) return matches(noneMatch, file.etag, 'weak');
  const modifiedSince = readDate(ask('if-modified-since'));
  return modifiedSince !== undefined && file.modifiedSeconds <= modifiedSince;
}

/** Of a weak tag nobody knows that the bytes are the same, so the whole is sent. */
function rangeApplies(ifRange: string | undefined, file: Representation): boolean {
  if (ifRange === undefined) return true;
  return ifRange.trim() === file.etag || readDate(ifRange) === file.modifiedSeconds;
}

const ENTITY_TAG = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

function matches(header: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (header.trim() === '*') return true;
  return [...header.matchAll(ENTITY_TAG)].some(
    ([, weak, tag]) => tag === etag && (weak === undefined || comparison === 'weak'),
  );
}

function readDate(header: string | undefined): number | undefined {
  return header === undefined ? undefined : readHttpDate(header.trim());
}
