import type { Micros } from '../../model/micros.ts';
import type { ShardInfo } from '../../model/shard.ts';
import type { WantedUids } from './wanted-uids.ts';

/** Which rows of the shards are extracted. What is left out chooses all. */
export interface Selection {
  readonly uids?: WantedUids;
  /** Only rows created after it. */
  readonly createdFrom?: Micros;
  /** Only rows created at or before it. */
  readonly createdTo?: Micros;
  readonly name?: NamePattern;
}

/** Chooses by the path of the member, or by a column of the row. */
export interface NamePattern {
  readonly matches: (name: string) => boolean;
  /** The column that names the row's file in the table. */
  readonly column: string;
}

/** True when everything is chosen: then the rows come too, as they stand in the shard. */
export function choosesAll({ uids, createdFrom, createdTo, name }: Selection): boolean {
  return [uids, createdFrom, createdTo, name].every((part) => part === undefined);
}

/** False when no row of the shard can be chosen: it is not even opened. */
export function mayChooseFrom(
  { uids, createdFrom = -Infinity as Micros, createdTo = Infinity as Micros }: Selection,
  { minCreatedAt, maxCreatedAt }: Pick<ShardInfo, 'minCreatedAt' | 'maxCreatedAt'>,
): boolean {
  if (maxCreatedAt <= createdFrom || minCreatedAt > createdTo) return false;
  return uids === undefined || (!uids.isComplete && uids.mayLieIn(minCreatedAt, maxCreatedAt));
}

/** Whether a row's key is chosen; its name is another question. */
export function choosesKey(
  { uids, createdFrom = -Infinity as Micros, createdTo = Infinity as Micros }: Selection,
  uid: string,
  createdAt: Micros,
): boolean {
  if (createdAt <= createdFrom || createdAt > createdTo) return false;
  return uids === undefined || uids.wants(uid, createdAt);
}

/** @param line the row's JSON. */
export function namesColumn({ matches, column }: NamePattern, line: Buffer): boolean {
  const row = JSON.parse(line.toString('utf8')) as Record<string, unknown>;
  const name = row[column];
  return typeof name === 'string' && matches(name);
}
