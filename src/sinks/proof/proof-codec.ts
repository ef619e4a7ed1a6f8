import * as z from 'zod';
import type { Micros } from '../../model/micros.ts';
import { SHA256_BLOCK_BYTES, SHA256_STATE_BYTES } from './chained-sha256.ts';

/** What docs/proof.md describes: everything between a file's bytes and the digest of its shard. */
export interface Proof {
  readonly uid: string;
  readonly createdAt: Micros;
  /** Of the whole shard, lower-case hex. */
  readonly shardSha256: string;
  /** What stands before the tail: all that a reader needs of it to go on hashing. */
  readonly prefix: { readonly bytes: number; readonly state: Buffer };
  /** The shard's last bytes, from the edge of a block at or before its directory on. */
  readonly tail: Buffer;
  /** The index page that has the file's entry, as the directory has the digest of it. */
  readonly page: Buffer;
}

/** The tail of the largest shard that is believed, in base64, and a page. */
export const PROOF_BYTES_MAX = 384 * 1024 * 1024;

const base64 = z.string().transform((text, context) => {
  const bytes = Buffer.from(text, 'base64');
  // Node passes over what is no base64, and over bits behind the last byte.
  if (bytes.toString('base64') === text) return bytes;
  context.addIssue({ code: 'custom', message: 'it is no base64' });
  return z.NEVER;
});

const schema = z.strictObject({
  format: z.literal('tidemark-proof'),
  version: z.literal(1),
  uid: z.string(),
  createdAt: z.int(),
  shard: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  prefix: z.strictObject({
    bytes: z.int().positive().multipleOf(SHA256_BLOCK_BYTES),
    state: base64.refine((state) => state.length === SHA256_STATE_BYTES, 'it has not 32 bytes'),
  }),
  tail: base64,
  page: base64,
});

/** Every proof has exactly one text. */
export function encodeProof(proof: Proof): Buffer {
  const { uid, createdAt, shardSha256, prefix, tail, page } = proof;
  const text = JSON.stringify(
    {
      ...{ format: 'tidemark-proof', version: 1, uid, createdAt, shard: `sha256:${shardSha256}` },
      prefix: { bytes: prefix.bytes, state: prefix.state.toString('base64') },
      tail: tail.toString('base64'),
      page: page.toString('base64'),
    },
    null,
    2,
  );
  return Buffer.from(`${text}\n`);
}

/** @returns what is wrong with it when it is not the text of a proof, to the byte. */
export function decodeProof(text: Buffer): Proof | { readonly problem: string } {
  if (text.length > PROOF_BYTES_MAX) return { problem: `it has ${text.length} bytes` };
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return { problem: path.length === 0 ? message : `${path.join('.')}: ${message}` };
  }
  const { uid, createdAt, shard, prefix, tail, page } = parsed.data;
  const shardSha256 = shard.slice('sha256:'.length);
  const proof = { uid, createdAt: createdAt as Micros, shardSha256, prefix, tail, page };
  return encodeProof(proof).equals(text) ? proof : { problem: 'it is not written as a proof is' };
}

function parseJson(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    // The schema says that it is no object.
    return undefined;
  }
}
