import { createHash } from 'node:crypto';
import { TidemarkError, messageOf } from '../../base/errors.ts';
import type { Micros } from '../../model/micros.ts';
import { shardName } from '../../model/shard.ts';
import type { IndexEntry } from '../format/index-columns.ts';
import { decodePage } from '../format/index-page.ts';
import { uidAt } from '../format/index-columns.ts';
import { uidToBytes } from '../format/uid-bytes.ts';
import { CorruptShard } from '../read/corrupt-shard.ts';
import { decodeLayout } from '../read/decode-layout.ts';
import type { ShardLayout } from '../read/decode-layout.ts';
import { entryAt, firstNotBelow } from '../read/page-search.ts';
import { decompressFrame } from '../zstd.ts';
import { ChainedSha256, blockEdgeBefore } from './chained-sha256.ts';
import { decodeProof } from './proof-codec.ts';
import type { Proof } from './proof-codec.ts';

/** A file as it was measured by whoever checks. */
export interface MeasuredFile {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** What a proof that holds says. */
export interface Proven {
  readonly uid: string;
  readonly createdAt: Micros;
  readonly table: string;
  /** The name that follows from the shard's own words. */
  readonly shard: string;
  readonly shardSha256: string;
  readonly shardBytes: number;
}

/**
 * Checks that the shard of this digest lists the file under its uid and time, with nothing but the proof:
 * file → its entry in a page → the page in the directory → the directory in the shard's digest.
 *
 * @param options.digest of the shard, from its shard-created event: `sha256:` and lower-case hex.
 * @throws TidemarkError ERR_PROOF_INVALID
 */
export function checkProof(options: {
  readonly proof: Buffer;
  readonly digest: string;
  readonly file: MeasuredFile;
}): Proven {
  const proof = decodeProof(options.proof);
  if ('problem' in proof) throw invalid(`it is no proof: ${proof.problem}`);
  const { uid, createdAt, shardSha256 } = proof;
  if (options.digest !== `sha256:${shardSha256}`)
    throw invalid(`it is of the shard sha256:${shardSha256}, not of ${options.digest}`);
  const layout = requireTail(proof);
  const entry = requireEntry(proof, layout);
  const { bytes, sha256 } = options.file;
  if (entry.sha256 === null) throw invalid('the shard has no digests of single rows');
  if (bytes !== entry.sizeBytes || sha256 !== entry.sha256.toString('hex'))
    throw invalid(
      `the file has ${bytes} bytes with sha256 ${sha256}, the shard says ${entry.sizeBytes} with ${entry.sha256.toString('hex')}`,
    );
  const { metadata } = layout;
  const shard = shardName(metadata, metadata.part);
  return { uid, createdAt, table: metadata.table, shard, shardSha256, shardBytes: layout.bytes };
}

function requireTail({ shardSha256, prefix, tail }: Proof): ShardLayout {
  const bytes = prefix.bytes + tail.length;
  const hash = ChainedSha256.after(prefix);
  hash.update(tail);
  if (hash.digest() !== shardSha256) throw invalid('prefix and tail do not come to the digest of the shard');
  const layout = orInvalid(() => decodeLayout({ shard: 'the shard', bytes, tail }));
  if (prefix.bytes !== blockEdgeBefore(layout.directoryRange.from))
    throw invalid('the tail does not begin where the directory does');
  return layout;
}

function requireEntry({ uid, createdAt, page }: Proof, { directory }: ShardLayout): IndexEntry {
  const digest = createHash('sha256').update(page).digest();
  let number = 0;
  while (number < directory.pages.length && !directory.pages.at(number).sha256.equals(digest)) number++;
  if (number === directory.pages.length) throw invalid('the directory does not have the page');
  const content = decompressFrame(page, directory.pages.at(number));
  const columns = content && decodePage(content);
  if (columns === undefined) throw invalid('the page cannot be read');
  const wanted = uidToBytes(uid);
  for (let at = firstNotBelow(columns, wanted); at < columns.count; at++) {
    if (!uidAt(columns, at).equals(wanted)) break;
    if (columns.createdAt[at] === createdAt) return entryAt(columns, at);
  }
  throw invalid('the page does not list the uid at this time');
}

function orInvalid<T>(decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (!(cause instanceof CorruptShard)) throw cause;
    throw invalid(messageOf(cause), cause);
  }
}

function invalid(detail: string, cause?: unknown): TidemarkError {
  return new TidemarkError('ERR_PROOF_INVALID', { detail, cause });
}
