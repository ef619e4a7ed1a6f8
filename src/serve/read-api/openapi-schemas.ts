/** JSON Schemas of what the read API answers, for its OpenAPI description. Fields are added, never changed. */

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const time = { type: 'string', format: 'date-time' };
const digest = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const optional = (schema: { readonly type: string }) => ({ ...schema, type: [schema.type, 'null'] });

function record(properties: Readonly<Record<string, object>>): object {
  return { type: 'object', properties, required: Object.keys(properties) };
}

/** Where a shard or manifest belongs. */
const place = {
  manifest: text,
  table: text,
  kind: { type: 'string', enum: ['window', 'early', 'late'] },
  window: record({ start: time, end: time }),
  partition: count,
  partitionCount: count,
  payload: { type: 'string', enum: ['file', 'row'] },
};

const next = { ...optional(text), description: '`cursor` of the next page; null after the last one.' };

const page = (name: string, item: string): object =>
  record({ [name]: { type: 'array', items: { $ref: `#/components/schemas/${item}` } }, next });

export const SCHEMAS = {
  Table: record({ table: text }),
  Window: record({
    ...place,
    offsets: { anyOf: [record({ first: count, last: count }), { type: 'null' }] },
    ledger: record({ received: count, archived: count, duplicates: count, rejected: count }),
    shards: { type: 'array', items: text },
    minCreatedAt: optional(time),
    maxCreatedAt: optional(time),
    tool: record({ tidemark: text, zstd: text, level: { type: 'integer' } }),
  }),
  Shard: record({
    ...place,
    name: text,
    part: count,
    bytes: count,
    sha256: digest,
    rows: count,
    files: count,
    sourceBytes: count,
    minCreatedAt: time,
    maxCreatedAt: time,
  }),
  Tables: page('tables', 'Table'),
  Windows: page('windows', 'Window'),
  Shards: page('shards', 'Shard'),
  ErrorEntry: record({ code: text, meaning: text, retryable: { type: 'boolean' }, remedy: text }),
  State: record({ ok: { type: 'boolean' }, parts: { type: 'object', additionalProperties: text } }),
  Problem: record({
    type: text,
    title: text,
    status: { type: 'integer' },
    code: optional(text),
    detail: text,
    remedy: text,
  }),
} as const;

export function schemaRef(name: keyof typeof SCHEMAS): object {
  return { $ref: `#/components/schemas/${name}` };
}
