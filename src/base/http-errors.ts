import { entry } from './catalogue-entry.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';

/** What `tidemark serve` answers of itself: the part of the catalogue that clients see. */
export const HTTP_ERRORS = {
  ERR_HTTP_BUSY: entry(
    'As many requests as `tidemark serve` answers at once are being answered (status 503).',
    true,
    'Ask again after the seconds of Retry-After. If it lasts, raise --requests-max or start a second server beside this one.',
  ),
  ERR_HTTP_METHOD: entry(
    'The method is none that this path has; an archive is only read (status 405).',
    false,
    'Use one of the methods of the Allow header.',
  ),
  ERR_HTTP_NOT_ACCEPTABLE: entry(
    'The Accept header takes no media type in which this is served (status 406).',
    false,
    'Leave Accept out, or add the media type that is named.',
  ),
  ERR_HTTP_NOT_FOUND: entry(
    'There is no such path, or no such table in the archive (status 404).',
    false,
    'GET /v1/openapi.json has every path, GET /v1/tables every table.',
  ),
  ERR_HTTP_PRECONDITION: entry(
    'If-Match or If-Unmodified-Since names another state than the file has; files never change (status 412).',
    false,
    'Leave the condition out, or take the ETag of a new answer: the uid or created_at is perhaps that of another row.',
  ),
  ERR_HTTP_RANGE: entry(
    'The range begins behind the end of the file (status 416).',
    false,
    'Ask for bytes below the length that stands in Content-Range.',
  ),
  ERR_HTTP_RATE: entry(
    'This token, or without one this address, has sent more requests than --rate allows (status 429).',
    true,
    'Ask again after the seconds of Retry-After; the operator can raise --rate.',
  ),
  ERR_HTTP_REQUEST: entry(
    'The request cannot be understood: a parameter is unknown, missing or has a wrong value, or the request line or a header is malformed (status 400).',
    false,
    'GET /v1/openapi.json has every parameter, docs/http.md examples. In a query `+` is written %2B.',
  ),
  ERR_HTTP_TOKENS: entry(
    'The file of --token-file cannot be used: it cannot be read, holds no token, or a line that is none.',
    false,
    'Write one token a line, 16 characters or more out of letters, digits and -._~+/ (`openssl rand -hex 32`); lines that begin with # are passed over.',
  ),
  ERR_HTTP_UNAUTHORIZED: entry(
    'The request has no bearer token, or one that is not known (status 401).',
    false,
    'Send `Authorization: Bearer TOKEN` with a token out of the file of --token-file.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
