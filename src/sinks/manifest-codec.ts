import type { Manifest } from '../model/manifest.ts';
import { REJECT_REASONS } from '../model/row.ts';
import * as z from 'zod';

const count = z.int().nonnegative();
const time = z.int();
const digest = z.string().regex(/^[0-9a-f]{64}$/);

const shard = z.strictObject({
  name: z.string(),
  part: z.int().positive(),
  bytes: count,
  sha256: digest,
  rows: z.int().positive(),
  files: count,
  sourceBytes: count,
  minCreatedAt: time,
  maxCreatedAt: time,
});

const reject = z.strictObject({
  uid: z.string().nullable(),
  createdAt: time.nullable(),
  fileLocation: z.string().nullable(),
  reason: z.enum(REJECT_REASONS),
  detail: z.string(),
  offset: count.nullable(),
});

/** The lists are checked one by one: zod keeps every problem that it finds, and a list may have millions. */
const schema = z.strictObject({
  format: z.literal('tidemark-manifest'),
  version: z.literal(1),
  table: z.string(),
  kind: z.enum(['window', 'early', 'late']),
  window: z.strictObject({ start: time, end: time }),
  partition: count,
  partitionCount: z.int().positive(),
  offsets: z.strictObject({ first: count, last: count }).nullable(),
  payload: z.enum(['file', 'row']),
  ledger: z.strictObject({ received: count, archived: count, duplicates: count, rejected: count }),
  rowsSha256: digest,
  shards: z.array(z.unknown()),
  rejects: z.array(z.unknown()),
  minCreatedAt: time.nullable(),
  maxCreatedAt: time.nullable(),
  tool: z.strictObject({ tidemark: z.string(), zstd: z.string(), level: z.int() }),
});

/** Same manifest → same bytes: JSON with two spaces and a line end, keys in the order of the model. */
export function encodeManifest(manifest: Manifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`, 'utf8');
}

/** @returns the manifest, or what is wrong with the text. */
export function decodeManifest(json: Buffer): Manifest | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(json.toString('utf8'));
  } catch {
    return { problem: 'it is not JSON' };
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) return problemOf([], parsed.error);
  const lists = [
    { key: 'shards', items: parsed.data.shards, item: shard },
    { key: 'rejects', items: parsed.data.rejects, item: reject },
  ];
  for (const { key, items, item } of lists)
    for (const [at, one] of items.entries()) {
      const checked = item.safeParse(one);
      if (!checked.success) return problemOf([key, at], checked.error);
    }
  return parsed.data as unknown as Manifest;
}

/** A message of zod names every unknown key. */
const PROBLEM_LENGTH_MAX = 200;

function problemOf(within: readonly PropertyKey[], error: z.ZodError): { readonly problem: string } {
  const issue = error.issues[0];
  const path = [...within, ...(issue?.path ?? [])].join('.');
  const problem = `${path}: ${issue?.message ?? 'it has not the right shape'}`;
  return { problem: problem.slice(0, PROBLEM_LENGTH_MAX) };
}
