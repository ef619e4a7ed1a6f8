import { formatMicros, formatMicrosBasic } from './micros.ts';
import type { Micros } from './micros.ts';
import { offset } from './offset.ts';
import type { Offset } from './offset.ts';
import type { Window } from './window.ts';

/**
 * What a seal makes of a window in one partition.
 *
 * - `window`: the window is closed; nothing of it follows but supplements.
 * - `early`: the window holds more than its limit; the rows so far are sealed as its first parts.
 * - `late`: a supplement of rows that came after their window was sealed.
 */
export type SealKind = 'window' | 'early' | 'late';

/** Everything that names a seal. Same log range → same name. */
export interface SealName {
  /** `schema.name`. */
  readonly table: string;
  readonly window: Window;
  readonly partition: number;
  readonly partitionCount: number;
  readonly kind: SealKind;
  /** Offset of the first row of an early or late seal; null for `window`. */
  readonly firstOffset: Offset | null;
}

/** One immutable archive file, as its manifest and its event describe it. */
export interface ShardInfo {
  /** Key below the sink's root, with `/` between segments. */
  readonly name: string;
  /** 1-based; counts the shards of one window and partition, early parts included. */
  readonly part: number;
  readonly bytes: number;
  /** Lower-case hex of the whole file. */
  readonly sha256: string;
  readonly rows: number;
  readonly files: number;
  /** Sum of the members' sizes before packing. */
  readonly sourceBytes: number;
  readonly minCreatedAt: Micros;
  readonly maxCreatedAt: Micros;
}

const SHARD_SUFFIX = '.tar.zst';

/** `<table>/<yyyy>/<mm>/<dd>/`, the day of the window's end (UTC). */
export function dayPrefix(table: string, windowEnd: Micros): string {
  const iso = formatMicros(windowEnd);
  return `${table}/${iso.slice(0, 4)}/${iso.slice(5, 7)}/${iso.slice(8, 10)}/`;
}

/** The common beginning of a seal's shards and manifest, without a suffix. */
export function sealBaseName(name: SealName): string {
  return `${dayPrefix(name.table, name.window.end)}${formatMicrosBasic(name.window.end)}-p${name.partition}of${name.partitionCount}`;
}

/** `<base>-<part>.tar.zst`; supplements add `-late-<offset>`. */
export function shardName(name: SealName, part: number): string {
  const number = String(part).padStart(4, '0');
  const late = name.kind === 'late' ? `-late-${name.firstOffset}` : '';
  return `${sealBaseName(name)}-${number}${late}${SHARD_SUFFIX}`;
}

/**
 * The name of a shard whose own name is taken by a file that no manifest names: `-again-<n>` before the suffix.
 *
 * @param again 0 for the name itself.
 */
export function shardNameAgain(name: string, again: number): string {
  return again === 0 ? name : `${name.slice(0, -SHARD_SUFFIX.length)}-again-${again}${SHARD_SUFFIX}`;
}

/** The name without `-again-<n>`, which follows from what the shard holds. */
export function ownShardName(name: string): string {
  return name.replace(/-again-\d+(?=\.tar\.zst$)/, '');
}

/** What a shard's name has in common with its manifest's ({@link sealBaseName}), or null for no shard's name. */
export function sealBaseOf(name: string): string | null {
  const m = /^(.+-p\d+of\d+)-\d{4,}(-late-\d+)?$/.exec(ownShardName(name).slice(0, -SHARD_SUFFIX.length));
  return m !== null && name.endsWith(SHARD_SUFFIX) ? m[1]! : null;
}

/** Number of the part, as the name has it; null for no shard's name. */
export function partOf(name: string): number | null {
  const m = /-(\d{4,})(?:-late-\d+)?\.tar\.zst$/.exec(ownShardName(name));
  return m === null ? null : Number(m[1]);
}

/** The number in the name of the manifest of an early or late seal; null where there is none. */
export function firstOffsetOf(manifest: string): Offset | null {
  const m = /-(?:early|late)-(\d+)\.manifest\.json$/.exec(manifest);
  return m === null ? null : offset(m[1]!);
}

/** `<base>.manifest.json`, with `-early-<offset>` or `-late-<offset>` before the suffix. */
export function manifestName(name: SealName): string {
  const kind = name.kind === 'window' ? '' : `-${name.kind}-${name.firstOffset}`;
  return `${sealBaseName(name)}${kind}.manifest.json`;
}
