import type { Manifest } from '../../model/manifest.ts';
import type { SealRows } from '../../model/seal.ts';
import { SealDigest } from '../seal/seal-digest.ts';
import type { Sink } from '../sink.ts';
import { chooseRows, positionsWhere } from '../../model/chosen-rows.ts';
import { SealMembership } from './seal-members.ts';

export interface SealInputOptions {
  readonly sink: Sink;
  readonly manifest: Manifest;
  /** The other seals of the same window whose rows may be among these. */
  readonly others: readonly Manifest[];
  /** Sorted, without duplicates: from the log what stood between the seal's offsets, from the table the window. */
  readonly rows: SealRows;
  readonly source: 'log' | 'table';
}

/** The rows of one seal, told apart from those of the others of its window. */
export interface SealInput {
  /** Positions of the rows that its shards must hold, in order. */
  readonly kept: Uint32Array;
  /** Whether the rows that went into the seal are those of the manifest's digest; unknown where the table cannot say it. */
  readonly rows: 'same' | 'different' | 'unknown';
  /** Why the rows cannot be told apart; undefined when they can. */
  readonly obstacle: string | undefined;
}

/**
 * Finds among rows those that one seal archived.
 *
 * Three kinds stay out, although the log has them there: rows that the seal rejected (their files may be there by
 * now), rows that another seal of the window holds (a late row that had come before), and from the table all that
 * belongs to the window's other seals.
 */
export async function findSealInput(options: SealInputOptions): Promise<SealInput> {
  const flags = await flagRows(options);
  return options.source === 'log' ? fromLog(options, flags) : fromTable(options, flags);
}

interface Flags {
  readonly archived: Uint8Array;
  readonly rejected: Uint8Array;
  readonly isWhole: boolean;
  readonly archivedElsewhere: Uint8Array;
  readonly rejectedElsewhere: Uint8Array;
  /** Other seals of which a shard cannot be read. */
  readonly othersDamaged: number;
}

async function flagRows({ sink, manifest, others, rows }: SealInputOptions): Promise<Flags> {
  const membership = new SealMembership(sink, rows);
  const own = await membership.of(manifest);
  const archivedElsewhere = new Uint8Array(rows.count);
  const rejectedElsewhere = new Uint8Array(rows.count);
  let othersDamaged = 0;
  for (const other of others) {
    const members = await membership.of(other);
    if (!members.isWhole) othersDamaged++;
    for (let i = 0; i < rows.count; i++) {
      archivedElsewhere[i]! |= members.archived[i]!;
      rejectedElsewhere[i]! |= members.rejected[i]!;
    }
  }
  return { ...own, archivedElsewhere, rejectedElsewhere, othersDamaged };
}

function fromLog({ manifest, rows }: SealInputOptions, flags: Flags): SealInput {
  const all = positionsWhere(rows.count, () => true);
  // An archive that began within a window has on-time rows and late ones of it side by side in the log.
  const [least, greatest] = timesOf(manifest);
  const within = positionsWhere(
    rows.count,
    (i) => rows.createdAt(i) >= least && rows.createdAt(i) <= greatest,
  );
  const input = [all, within].find((positions) => hasDigest(rows, positions, manifest));
  const kept = (input ?? all).filter((i) => flags.rejected[i] === 0 && flags.archivedElsewhere[i] === 0);
  return { kept, rows: input === undefined ? 'different' : 'same', obstacle: undefined };
}

function fromTable({ manifest, rows }: SealInputOptions, flags: Flags): SealInput {
  const { archived, rejected, isWhole, archivedElsewhere, rejectedElsewhere, othersDamaged } = flags;
  if (!isWhole && othersDamaged > 0) {
    const obstacle = `${othersDamaged + 1} seals of this window have damaged shards: the table alone cannot tell their rows apart`;
    return { kept: new Uint32Array(0), rows: 'unknown', obstacle };
  }
  const unowned = positionsWhere(rows.count, (i) => rejected[i] === 0 && archivedElsewhere[i] === 0);
  const expected = manifest.shards.reduce((sum, shard) => sum + shard.rows, 0);
  let kept = isWhole ? positionsWhere(rows.count, (i) => archived[i] === 1) : unowned;
  // What another seal rejected was archived by none, or by this one after a retry: the number of rows tells.
  if (kept.length !== expected) kept = kept.filter((i) => rejectedElsewhere[i] === 0);
  const keeps = new Uint8Array(rows.count);
  for (const i of kept) keeps[i] = 1;
  const input = positionsWhere(rows.count, (i) => keeps[i] === 1 || rejected[i] === 1);
  if (hasDigest(rows, input, manifest)) return { kept, rows: 'same', obstacle: undefined };
  // The digest was taken with duplicates that another seal held, which the table does not know of, and with rejected
  // rows, which may have been corrected since. The shards tell.
  const isBlurred = manifest.ledger.duplicates > 0 || manifest.ledger.rejected > 0;
  return { kept, rows: isBlurred ? 'unknown' : 'different', obstacle: undefined };
}

function hasDigest(rows: SealRows, positions: Uint32Array, manifest: Manifest): boolean {
  return new SealDigest(chooseRows(rows, positions)).value() === manifest.rowsSha256;
}

function timesOf({ minCreatedAt, maxCreatedAt, rejects }: Manifest): [number, number] {
  const times = [minCreatedAt, maxCreatedAt, ...rejects.map(({ createdAt }) => createdAt)];
  const known = times.filter((time) => time !== null);
  return [
    known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
}
