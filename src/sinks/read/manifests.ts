import type { Manifest } from '../../model/manifest.ts';
import { MICROS_PER_DAY, formatMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { TidemarkError } from '../../base/errors.ts';
import { decodeManifest } from '../manifest-codec.ts';
import type { Sink } from '../sink.ts';

export const MANIFEST_SUFFIX = '.manifest.json';
/** A window is filed under the day of its end; this much longer than a day may it be and still be found by time. */
export const WINDOW_DAYS_MAX = 32;
/** A manifest is read whole; one of a million rejects has some 300 MB, and a larger one is not believed. */
const MANIFEST_BYTES_MAX = 512 * 1024 * 1024;

/** A manifest and where it stands. */
export interface NamedManifest {
  readonly name: string;
  readonly manifest: Manifest;
}

/** Which manifests are wanted; what is left out wants all. */
export interface ManifestQuery {
  /** `schema.name`; all tables when left out. */
  readonly table?: string;
  /** Only windows that end after it. */
  readonly from?: Micros;
  /** Only windows that begin before it. */
  readonly to?: Micros;
}

/**
 * Manifests in the order of table and window end.
 *
 * @param day only those of this folder, as `listDays` gives it.
 * @throws TidemarkError ERR_SHARD_CORRUPT for one that cannot be read.
 */
export async function* listManifests(
  sink: Sink,
  query: ManifestQuery = {},
  day?: string,
): AsyncGenerator<NamedManifest> {
  for await (const name of day === undefined ? listManifestNames(sink, query) : manifestNames(sink, day)) {
    const manifest = await readManifest(sink, name);
    if (query.from !== undefined && manifest.window.end <= query.from) continue;
    if (query.to !== undefined && manifest.window.start >= query.to) continue;
    yield { name, manifest };
  }
}

/** Names of the manifests whose day can hold such windows; reads no manifest. */
export async function* listManifestNames(sink: Sink, query: ManifestQuery = {}): AsyncGenerator<string> {
  for await (const day of listDays(sink, query)) yield* manifestNames(sink, day);
}

/** Names of the manifests that begin with a prefix. */
export async function* manifestNames(sink: Sink, prefix: string): AsyncGenerator<string> {
  for await (const name of sink.list(prefix)) if (name.endsWith(MANIFEST_SUFFIX)) yield name;
}

/** @throws TidemarkError ERR_SHARD_CORRUPT when it is missing or is no manifest. */
export async function readManifest(sink: Sink, name: string): Promise<Manifest> {
  const bytes = await sink.size(name);
  if (bytes === null || bytes > MANIFEST_BYTES_MAX)
    throw new TidemarkError('ERR_SHARD_CORRUPT', {
      detail: `${name} ${bytes === null ? 'is missing' : `has ${bytes} bytes, too many for a manifest`}`,
    });
  const manifest = decodeManifest(await sink.readRange(name, { offset: 0, length: bytes }));
  if ('problem' in manifest)
    throw new TidemarkError('ERR_SHARD_CORRUPT', { detail: `${name} is no manifest: ${manifest.problem}` });
  return manifest;
}

/** Tables with something on the sink. */
export async function* listTables(sink: Sink): AsyncGenerator<string> {
  yield* sink.listFolders('');
}

/** `<table>/<yyyy>/<mm>/<dd>/` of the days that can hold such windows, in the order of table and day. */
export async function* listDays(sink: Sink, query: ManifestQuery): AsyncGenerator<string> {
  const first = query.from === undefined ? undefined : dayOf(query.from);
  const lastTime = query.to === undefined ? undefined : query.to + WINDOW_DAYS_MAX * MICROS_PER_DAY;
  const last =
    lastTime === undefined || !Number.isSafeInteger(lastTime) ? undefined : dayOf(lastTime as Micros);
  const isWithin = (part: string) =>
    (first === undefined || part >= first.slice(0, part.length)) &&
    (last === undefined || part <= last.slice(0, part.length));
  const tables = query.table === undefined ? listTables(sink) : [query.table];
  for await (const table of tables)
    for await (const year of sink.listFolders(`${table}/`)) {
      if (!isWithin(year)) continue;
      for await (const month of sink.listFolders(`${table}/${year}/`)) {
        if (!isWithin(`${year}/${month}`)) continue;
        for await (const day of sink.listFolders(`${table}/${year}/${month}/`)) {
          const date = `${year}/${month}/${day}`;
          if (isWithin(date)) yield `${table}/${date}/`;
        }
      }
    }
}

function dayOf(time: Micros): string {
  return formatMicros(time).slice(0, 10).replaceAll('-', '/');
}
