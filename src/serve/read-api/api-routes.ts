import { CATALOGUE } from '../../base/error-catalogue.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { ApiRoute } from './api-context.ts';
import { FILE_QUERY, FILE_TYPE, ROW_TYPE, answerFile } from './file-answer.ts';
import {
  SEALS_QUERY,
  TABLES_QUERY,
  answerShards,
  answerTables,
  answerWindows,
  forbidKeeping,
} from './listing-answers.ts';
import { problemResponse } from './openapi.ts';
import { schemaRef } from './openapi-schemas.ts';
import type { SCHEMAS } from './openapi-schemas.ts';
import { readQuery } from './parameters.ts';

const JSON_TYPE = 'application/json';
const NOT_FOUND = { 404: problemResponse(404) };

const FILE_HEADERS = {
  Range: { description: 'One range of bytes; several are answered with the whole.', example: 'bytes=0-1023' },
  'If-Range': { description: 'The range counts only when this is the ETag or the Last-Modified.' },
  'If-Match': { description: '412 when none of these is the ETag.' },
  'If-None-Match': { description: '304 when one of these is the ETag.' },
  'If-Modified-Since': { description: 'The same by date, where there is no If-None-Match.' },
  'If-Unmodified-Since': { description: 'The same by date, where there is no If-Match.' },
};

/** Everything under `/v1`, but the description of it. */
export const API_ROUTES: readonly ApiRoute[] = [
  {
    template: '/v1/files/{uid}',
    summary: 'The bytes of one archived file; of a table that names no files, the JSON of one archived row.',
    path: {
      uid: {
        description:
          'The row’s uid, percent-encoded in UTF-8 (`/` is %2F; a lone surrogate is its three bytes of WTF-8).',
        example: '42',
      },
    },
    query: FILE_QUERY,
    headers: FILE_HEADERS,
    responses: {
      200: { description: 'The whole file.', content: fileContent() },
      206: { description: 'The bytes of `Range`.', content: fileContent() },
      304: { description: 'If-None-Match has its ETag.' },
      412: problemResponse(412),
      416: problemResponse(416),
      ...NOT_FOUND,
    },
    produces: [FILE_TYPE, ROW_TYPE],
    handle: answerFile,
  },
  {
    template: '/v1/tables',
    summary: 'Tables of the archive.',
    path: {},
    query: TABLES_QUERY,
    responses: { 200: jsonResponse('A page of tables.', 'Tables') },
    produces: [JSON_TYPE],
    handle: (context, request, reply) => {
      forbidKeeping(reply);
      return answerTables(context, request);
    },
  },
  {
    template: '/v1/tables/{table}/windows',
    summary: 'Sealed windows of a table, by their ends: a row a manifest.',
    path: { table: { description: '`schema.name`.', example: 'public.files' } },
    query: SEALS_QUERY,
    responses: { 200: jsonResponse('A page of windows.', 'Windows'), ...NOT_FOUND },
    produces: [JSON_TYPE],
    handle: (context, request, reply) => {
      forbidKeeping(reply);
      return answerWindows(context, request);
    },
  },
  {
    template: '/v1/tables/{table}/shards',
    summary: 'Shards of a table, by the ends of their windows.',
    path: { table: { description: '`schema.name`.', example: 'public.files' } },
    query: SEALS_QUERY,
    responses: { 200: jsonResponse('A page of shards.', 'Shards'), ...NOT_FOUND },
    produces: [JSON_TYPE],
    handle: (context, request, reply) => {
      forbidKeeping(reply);
      return answerShards(context, request);
    },
  },
  {
    template: '/v1/errors/{code}',
    summary: 'What an error means and what to do: `type` of a problem leads here.',
    isOpen: true,
    path: { code: { description: '`code` of a problem.', example: 'ERR_UID_NOT_FOUND' } },
    query: {},
    responses: { 200: jsonResponse('The entry of the catalogue.', 'ErrorEntry'), ...NOT_FOUND },
    produces: [JSON_TYPE],
    handle: (_context, request) => {
      readQuery({}, request.query);
      return errorEntry((request.params as { code: string }).code);
    },
  },
];

function fileContent(): object {
  return {
    [FILE_TYPE]: { schema: { type: 'string', format: 'binary' } },
    [ROW_TYPE]: { schema: {} },
  };
}

function jsonResponse(description: string, schema: keyof typeof SCHEMAS): object {
  return { description, content: { [JSON_TYPE]: { schema: schemaRef(schema) } } };
}

function errorEntry(code: string): object {
  if (!Object.hasOwn(CATALOGUE, code))
    throw new TidemarkError('ERR_HTTP_NOT_FOUND', {
      detail: `there is no error ${JSON.stringify(code)}`,
      remedy: 'docs/errors.md has every code.',
    });
  return { code, ...CATALOGUE[code as keyof typeof CATALOGUE] };
}
