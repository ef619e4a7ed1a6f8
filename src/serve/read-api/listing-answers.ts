import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Micros } from '../../model/micros.ts';
import { formatMicros } from '../../model/micros.ts';
import type { ShardRow, WindowRow } from '../../sinks/read/manifest-page.ts';
import type { ApiContext } from './api-context.ts';
import { CURSOR, FROM, LIMIT, LIMIT_DEFAULT, TO, cursorOf, readQuery } from './parameters.ts';
import type { RequestTime } from './request-time.ts';

export const TABLES_QUERY = { limit: LIMIT, cursor: CURSOR };
export const SEALS_QUERY = { from: FROM, to: TO, limit: LIMIT, cursor: CURSOR };

/** `/v1/tables` */
export async function answerTables(context: ApiContext, request: FastifyRequest): Promise<object> {
  const { limit = LIMIT_DEFAULT, cursor } = readQuery(TABLES_QUERY, request.query);
  const after = cursor === undefined ? undefined : Buffer.from(cursor);
  const tables = await context.archive.tables();
  const rest = tables.filter((table) => after === undefined || Buffer.from(table).compare(after) > 0);
  const page = rest.slice(0, limit);
  return {
    tables: page.map((table) => ({ table })),
    next: cursorOf(rest.length > limit ? page.at(-1)! : null),
  };
}

/** `/v1/tables/{table}/windows` */
export async function answerWindows(context: ApiContext, request: FastifyRequest): Promise<object> {
  const { items, next } = await context.archive.windows(pageQuery(request));
  return { windows: items.map(windowRow), next: cursorOf(next) };
}

/** `/v1/tables/{table}/shards` */
export async function answerShards(context: ApiContext, request: FastifyRequest): Promise<object> {
  const { items, next } = await context.archive.shards(pageQuery(request));
  return { shards: items.map(shardRow), next: cursorOf(next) };
}

/** Lists grow, so nobody may keep one. */
export function forbidKeeping(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store');
}

function pageQuery(request: FastifyRequest) {
  const { from, to, limit = LIMIT_DEFAULT, cursor } = readQuery(SEALS_QUERY, request.query);
  return {
    table: (request.params as { table: string }).table,
    limit,
    ...(from === undefined ? {} : { from: withinRange(from) }),
    ...(to === undefined ? {} : { to: withinRange(to) }),
    ...(cursor === undefined ? {} : { after: cursor }),
  };
}

/** Before and after everything that an archive can hold. */
function withinRange(time: RequestTime): Micros {
  if (time === 'too early') return Number.MIN_SAFE_INTEGER as Micros;
  return time === 'too late' ? (Number.MAX_SAFE_INTEGER as Micros) : time;
}

function windowRow({ manifestName, manifest }: WindowRow): object {
  const { table, kind, window, partition, partitionCount, payload, ledger, offsets, tool } = manifest;
  const { minCreatedAt, maxCreatedAt, shards } = manifest;
  return {
    ...{ manifest: manifestName, table, kind, window: spelled(window), partition, partitionCount, payload },
    ...{ offsets, ledger, shards: shards.map(({ name }) => name) },
    ...{ minCreatedAt: spell(minCreatedAt), maxCreatedAt: spell(maxCreatedAt), tool },
  };
}

function shardRow({ manifestName, manifest, shard }: ShardRow): object {
  const { table, kind, window, partition, partitionCount, payload } = manifest;
  return {
    ...shard,
    minCreatedAt: spell(shard.minCreatedAt),
    maxCreatedAt: spell(shard.maxCreatedAt),
    ...{ manifest: manifestName, table, kind, window: spelled(window), partition, partitionCount, payload },
  };
}

function spelled({ start, end }: { readonly start: Micros; readonly end: Micros }) {
  return { start: formatMicros(start), end: formatMicros(end) };
}

function spell(time: Micros | null): string | null {
  return time === null ? null : formatMicros(time);
}
