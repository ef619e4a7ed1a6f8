import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { create as contentDisposition } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TidemarkError } from '../../base/errors.ts';
import { holdBack } from '../../base/hold-back.ts';
import { endsWithin } from '../../base/patience.ts';
import { readAhead } from '../../base/read-ahead.ts';
import { MICROS_PER_SECOND } from '../../model/micros.ts';
import { FILES_FOLDER, memberPath } from '../../sinks/format/member-name.ts';
import { uidNotFound } from '../../sinks/read/get-file.ts';
import type { FilePlace } from '../../sinks/read/get-file.ts';
import { readFileRange } from '../../sinks/read/read-file-range.ts';
import { requireAcceptable } from './acceptable.ts';
import { planAnswer } from './answer-plan.ts';
import type { AnswerPlan, Representation } from './answer-plan.ts';
import type { ApiContext } from './api-context.ts';
import { formatHttpDate } from './http-date.ts';
import { CREATED_AT, TABLE, readQuery } from './parameters.ts';
import { uidOfSegment } from './uid-path.ts';

export const FILE_QUERY = { created_at: CREATED_AT, table: TABLE };
export const FILE_TYPE = 'application/octet-stream';
/** Of a row of `payload: row`. */
export const ROW_TYPE = 'application/json';

/** What a browser must not do with bytes that anybody may have written. */
const SAFETY = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
};
const YEAR_SECONDS = 31_536_000;

/** `GET` and `HEAD /v1/files/{uid}`: the bytes of one archived file, or the JSON of one archived row. */
export async function answerFile(
  context: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const place = await inTime(context, request, findPlace(context, request));
  const sha256 =
    place.entry.sha256 ?? (await inTime(context, request, digestOf(place.reader.readFile(place.entry))));
  const file = {
    etag: `"sha256:${sha256.toString('hex')}"`,
    sizeBytes: place.entry.sizeBytes,
    modifiedSeconds: Math.floor(Math.min(place.entry.createdAt, context.clock.now()) / MICROS_PER_SECOND),
  };
  const mediaType = place.entry.sha256 === null ? ROW_TYPE : FILE_TYPE;
  requireAcceptable(request, [mediaType]);
  const method = request.method === 'HEAD' ? 'HEAD' : 'GET';
  const plan = planAnswer(method, request.headers, file);
  if (plan.status === 412 || plan.status === 416) throw refusal(plan.status, file, reply);
  const span = plan.status === 206 ? plan.span : { from: 0, to: file.sizeBytes };
  const hasContent = method === 'GET' && plan.status !== 304 && span.to > span.from;
  // Before any header is set: a damaged file of one frame gets a whole answer that says so.
  const content = hasContent ? await openContent(context, request, place, plan) : undefined;
  void reply.code(plan.status).headers({
    etag: file.etag,
    'last-modified': formatHttpDate(file.modifiedSeconds),
    'cache-control': `${context.isPublic ? 'public' : 'private'}, max-age=${YEAR_SECONDS}, immutable`,
    'accept-ranges': 'bytes',
    ...SAFETY,
  });
  if (plan.status === 304) return reply.send();
  void reply.headers({
    'content-type': mediaType,
    'content-length': span.to - span.from,
    'content-disposition': contentDisposition(fileName(place)),
    'repr-digest': `sha-256=:${sha256.toString('base64')}:`,
    ...(plan.status === 206
      ? { 'content-range': `bytes ${span.from}-${span.to - 1}/${file.sizeBytes}` }
      : {}),
  });
  return reply.send(content);
}

async function findPlace({ archive }: ApiContext, request: FastifyRequest): Promise<FilePlace> {
  const { created_at: createdAt, table } = readQuery(FILE_QUERY, request.query);
  const uid = uidOfSegment((request.params as { uid: string }).uid);
  if (uid === undefined)
    throw new TidemarkError('ERR_HTTP_REQUEST', { detail: 'the bytes of the uid are no text in UTF-8' });
  if (typeof createdAt === 'string')
    throw new TidemarkError('ERR_UID_NOT_FOUND', {
      detail: `${createdAt} for any archive: created_at is from 1684 to 2255`,
    });
  const query = { uid, createdAt, ...(table === undefined ? {} : { table }) };
  const place = await archive.find(query);
  if (place === undefined) throw uidNotFound(query);
  return place;
}

/** @throws TidemarkError ERR_SINK_UNAVAILABLE when it takes too long; the work then goes on and keeps its slot. */
async function inTime<T>(context: ApiContext, request: FastifyRequest, work: Promise<T>): Promise<T> {
  request.slot?.track(work);
  if (await endsWithin(context.answerTimeoutMs, work)) return await work;
  throw new TidemarkError('ERR_SINK_UNAVAILABLE', {
    detail: `the sink has not answered for ${context.answerTimeoutMs / 1_000} s`,
  });
}

/** A line has no digest in the index, so it is read for it first. */
async function digestOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const bytes of content) hash.update(bytes);
  return hash.digest();
}

function refusal(status: 412 | 416, file: Representation, reply: FastifyReply): TidemarkError {
  if (status === 412)
    return new TidemarkError('ERR_HTTP_PRECONDITION', { detail: `the ETag of the file is ${file.etag}` });
  void reply.header('content-range', `bytes */${file.sizeBytes}`);
  return new TidemarkError('ERR_HTTP_RANGE', { detail: `the file has ${file.sizeBytes} bytes` });
}

/** The name that `tidemark extract` gives it: no folder, no control character. */
function fileName({ entry }: FilePlace): string {
  const name = memberPath(entry.uid, null).slice(FILES_FOLDER.length);
  return entry.sha256 === null ? `${name}.json` : name;
}

/** The bytes, of which the first have been read. */
async function openContent(
  context: ApiContext,
  request: FastifyRequest,
  { reader, entry }: FilePlace,
  plan: AnswerPlan,
): Promise<Readable> {
  const source = plan.status === 206 ? readFileRange(reader, entry, plan.span) : reader.readFile(entry);
  // The last piece waits for the digest, so that a damaged file never looks whole.
  const pieces = readAhead(holdBack(source));
  const first = await inTime(context, request, pieces.next());
  const told = async function* (): AsyncGenerator<Uint8Array> {
    try {
      if (first.done !== true) yield first.value;
      yield* pieces;
    } catch (error) {
      context.onBrokenOff(request, error);
      throw error;
    } finally {
      await pieces.return();
    }
  };
  return Readable.from(told(), { objectMode: false });
}
