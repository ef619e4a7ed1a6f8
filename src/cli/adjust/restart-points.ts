import type { Admin, Kafka, KafkaMessage } from 'kafkajs';
import { TidemarkError } from '../../base/errors.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { tableTopic } from '../../config/names.ts';
import { decodeRecord } from '../../log/decode-record.ts';
import { readOffsetsSince } from '../../log/topic-offsets.ts';
import type { TopicOffsets } from '../../log/topic-offsets.ts';
import { TopicScanner } from '../../log/topic-scanner.ts';
import { formatMicros, MICROS_PER_DAY } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Offset } from '../../model/offset.ts';
import type { EarlyWindow, Progress } from '../../model/progress.ts';
import type { MarkEntry } from '../../model/row.ts';
import { OpenRowsSearch, reaches } from '../../streams/restart-search.ts';
import type { RestartSearchOptions } from '../../streams/restart-search.ts';
import type { RestartPoint } from '../../watermark/adjusted-progress.ts';

/** Kafka's timestamps are of the machine that sent: reading begins this much earlier, should its clock be wrong. */
const CLOCK_SLACK_MICROS = MICROS_PER_DAY;

export interface RestartPointsOptions {
  readonly config: Config;
  readonly table: TableConfig;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly offsets: TopicOffsets;
  readonly to: Micros;
  /** The partitions that go back, with what they have committed. */
  readonly back: ReadonlyMap<number, Progress>;
  /** Manifests of windows that end above `to`. */
  readonly manifests: readonly Manifest[];
}

/**
 * Finds for each partition the moment at which its watermark stood at `to`.
 *
 * @returns null for a partition whose log shows no such moment.
 * @throws TidemarkError ERR_LOG_TRUNCATED when the log no longer holds what was open then.
 */
export async function findRestartPoints(
  options: RestartPointsOptions,
): Promise<ReadonlyMap<number, RestartPoint | null>> {
  const { config, table, back } = options;
  if (back.size === 0) return new Map();
  await requireLog(options);
  const topic = tableTopic(config.name, table.id);
  const scanner = await TopicScanner.open({ ...options, topic, purpose: `${topic}-adjust` });
  try {
    const marks = await findMarks(options, scanner);
    const points = new Map<number, RestartPoint | null>();
    const open = await searchOpenRows(options, scanner, marks);
    for (const [partition] of back) {
      const mark = marks.get(partition);
      const search = open.get(partition);
      points.set(
        partition,
        mark === undefined || search === undefined
          ? null
          : {
              position: mark.offset,
              offset: search.oldest ?? mark.offset,
              rowsSealed: mark.mark.rowsTotal - search.rows,
              early: earlyBefore(options, partition, mark.offset),
            },
      );
    }
    return points;
  } finally {
    await scanner.close();
  }
}

function searchOptions({ table, to }: RestartPointsOptions): RestartSearchOptions {
  const { sizeMicros, aheadMaxMicros } = table.window;
  return { sizeMicros, aheadMaxMicros, latenessMicros: table.latenessMicros, to };
}

function decoderOf({ table }: RestartPointsOptions): ReturnType<typeof decodeRecord> {
  return decodeRecord({ columns: table.ref.columns, createdAtZone: table.createdAtTimeZone });
}

/** The first mark of each partition that reaches `to`. */
async function findMarks(
  options: RestartPointsOptions,
  scanner: TopicScanner,
): Promise<Map<number, MarkEntry>> {
  const { table, back, to } = options;
  const decode = decoderOf(options);
  const marks = new Map<number, MarkEntry>();
  const visit = (message: KafkaMessage, partition: number): boolean => {
    // Marks have no key: rows are not parsed to find them.
    if (message.key !== null && message.key.length > 0) return true;
    const entry = decode(message);
    if (entry.kind !== 'mark' || !reaches(entry, searchOptions(options))) return true;
    marks.set(partition, entry);
    return false;
  };
  const since = (to + table.latenessMicros - CLOCK_SLACK_MICROS) as Micros;
  const until = new Map([...back].map(([partition, { position }]) => [partition, position]));
  await scanner.scan({ from: await offsetsSince(options, since), until, visit });
  return marks;
}

async function searchOpenRows(
  options: RestartPointsOptions,
  scanner: TopicScanner,
  marks: ReadonlyMap<number, MarkEntry>,
): Promise<ReadonlyMap<number, OpenRowsSearch>> {
  const decode = decoderOf(options);
  const searches = new Map(
    [...marks].map(([partition, { offset }]) => {
      const early = earlyBefore(options, partition, offset);
      const positions = new Map(early.map(({ end, position }) => [end, position]));
      return [partition, new OpenRowsSearch({ ...searchOptions(options), early: positions })];
    }),
  );
  const since = (options.to - options.table.window.aheadMaxMicros - CLOCK_SLACK_MICROS) as Micros;
  const from = await offsetsSince(options, since);
  await scanner.scan({
    from: new Map([...from].filter(([partition]) => marks.has(partition))),
    until: new Map([...marks].map(([partition, { offset }]) => [partition, offset])),
    visit: (message, partition) => {
      searches.get(partition)?.take(decode(message));
      return true;
    },
  });
  return searches;
}

async function offsetsSince(
  { config, table, admin, back }: RestartPointsOptions,
  time: Micros,
): Promise<ReadonlyMap<number, Offset>> {
  const since = await readOffsetsSince({ admin, topic: tableTopic(config.name, table.id), time });
  return new Map([...since].filter(([partition]) => back.has(partition)));
}

/** Windows above `to` that had early parts before a position, as their manifests say. */
function earlyBefore(
  { manifests }: RestartPointsOptions,
  partition: number,
  position: Offset,
): EarlyWindow[] {
  const windows = new Map<Micros, EarlyWindow>();
  for (const manifest of manifests) {
    const { kind, offsets, window, shards } = manifest;
    if (kind !== 'early' || manifest.partition !== partition || offsets === null) continue;
    if (offsets.last >= position) continue;
    const known = windows.get(window.end);
    windows.set(window.end, {
      end: window.end,
      position: Math.max(known?.position ?? 0, offsets.last + 1) as Offset,
      parts: (known?.parts ?? 0) + shards.length,
    });
  }
  return [...windows.values()].sort((a, b) => a.end - b.end);
}

/** Going back makes sense only as far as the log reaches: what it no longer holds would be left out in silence. */
async function requireLog(options: RestartPointsOptions): Promise<void> {
  const { config, table, admin, offsets, back, to, manifests } = options;
  const topic = tableTopic(config.name, table.id);
  const sinceThen = await readOffsetsSince({ admin, topic, time: to });
  for (const partition of back.keys()) {
    const start = offsets.start.get(partition) ?? 0;
    const isCut = start > 0 && (sinceThen.get(partition) ?? 0) <= start;
    const lacking = manifests.filter(
      (manifest) => manifest.partition === partition && (manifest.offsets?.first ?? start) < start,
    );
    if (!isCut && lacking.length === 0) continue;
    throw new TidemarkError('ERR_LOG_TRUNCATED', {
      detail: `${topic}/${partition} begins at offset ${start} and no longer holds all rows created after ${formatMicros(to)}${lacking.length === 0 ? '' : `: ${lacking.length} seals above it begin earlier`}`,
      remedy:
        'Choose a later time. Single windows are rebuilt from the table: `tidemark replay --window T --source table --restore`.',
    });
  }
}
