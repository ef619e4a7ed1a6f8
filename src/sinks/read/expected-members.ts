import { MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import { uidAt } from '../format/index-columns.ts';
import { ROWS_MEMBER, digestPath, memberPath } from '../format/member-name.ts';
import type { ShardMetadata } from '../format/shard-metadata.ts';
import { paddedBytes, tarHeaderBytes, ustarPathFits, writeTarHeader } from '../format/tar-header.ts';
import type { TarMember } from '../format/tar-header.ts';
import { uidFromBytes } from '../format/uid-bytes.ts';
import { tarColumns } from './tar-columns.ts';
import type { TarColumns } from './tar-columns.ts';

/** A member as the index says that it must stand in the tar stream, byte for byte but for its content. */
export interface ExpectedMember {
  readonly path: string;
  /** Headers and, after the content, padding: the format leaves no choice in them. */
  readonly header: Buffer;
  readonly sizeBytes: number;
  readonly paddingBytes: number;
  readonly sha256: Buffer;
  /** Where the index says that the content begins; null for `rows.ndjson`. */
  readonly place: { readonly frame: number; readonly frameOffset: number } | null;
}

/** The member of an entry. @param position in the order of the tar stream. */
export function expectedMember(entries: TarColumns, position: number): ExpectedMember {
  const { page, at, uid, createdAt, path } = namedEntry(entries, position);
  const member = {
    path,
    fallbackPath: ustarPathFits(path) ? '' : digestPath(uid),
    sizeBytes: page.sizeBytes[at]!,
    mtimeSeconds: Math.floor(createdAt / MICROS_PER_SECOND),
  };
  const place = { frame: page.frame[at]!, frameOffset: page.frameOffset[at]! };
  return expect(member, { sha256: page.sha256!.subarray(32 * at, 32 * (at + 1)), place });
}

/** The first member of every shard. */
export function expectedRows(metadata: ShardMetadata): ExpectedMember {
  return expect(rowsMember(metadata), { sha256: Buffer.from(metadata.rowsSha256, 'hex'), place: null });
}

/** An entry of the index with its row's key and the path of its file. */
export interface NamedEntry {
  readonly page: IndexColumns;
  /** Position in these columns. */
  readonly at: number;
  readonly uid: string;
  readonly createdAt: Micros;
  readonly path: string;
}

/** Every entry, in the order of the tar stream. */
export function* namedEntries(pages: readonly IndexColumns[]): Generator<NamedEntry> {
  const entries = tarColumns(pages);
  for (let at = 0; at < entries.columns.count; at++) yield namedEntry(entries, at);
}

function namedEntry({ columns, repeated }: TarColumns, at: number): NamedEntry {
  const uid = uidFromBytes(uidAt(columns, at));
  const createdAt = columns.createdAt[at]! as Micros;
  const path = memberPath(uid, repeated[at] === 1 ? createdAt : null);
  return { page: columns, at, uid, createdAt, path };
}

/** Where the first row begins in the first frame. */
export function rowsContentFrom(metadata: ShardMetadata): number {
  return tarHeaderBytes(rowsMember(metadata));
}

function rowsMember(metadata: ShardMetadata): TarMember {
  return {
    path: ROWS_MEMBER,
    fallbackPath: ROWS_MEMBER,
    sizeBytes: metadata.rowsBytes,
    mtimeSeconds: Math.floor(metadata.maxCreatedAt / MICROS_PER_SECOND),
  };
}

function expect(member: TarMember, rest: Pick<ExpectedMember, 'sha256' | 'place'>): ExpectedMember {
  const header = Buffer.alloc(tarHeaderBytes(member));
  writeTarHeader(member, header, 0);
  const paddingBytes = paddedBytes(member.sizeBytes) - member.sizeBytes;
  return { path: member.path, sizeBytes: member.sizeBytes, header, paddingBytes, ...rest };
}

/** Entries of all pages by place. */
export function inTarOrder(pages: readonly IndexColumns[]): (readonly [IndexColumns, number])[] {
  const { columns } = tarColumns(pages);
  return Array.from({ length: columns.count }, (_, at) => [columns, at] as const);
}
