import { checkCommands } from './checks/commands.ts';
import { archivedRows } from './checks/archived-rows.ts';
import { checkEndings } from './checks/endings.ts';
import { checkEvents } from './checks/events.ts';
import type { Finding } from './checks/finding.ts';
import { checkLedgers, digestOfFile } from './checks/ledgers.ts';
import { publishedEvents } from './checks/published-events.ts';
import { checkRejects } from './checks/rejects.ts';
import { checkReplay } from './checks/replay.ts';
import { checkRows } from './checks/rows.ts';
import { fateOf } from './fates.ts';
import { ManifestsOnDisk } from './manifests-on-disk.ts';
import { readRows, withClient } from './source-table.ts';
import type { TableRow } from './source-table.ts';
import type { Watcher } from './watcher.ts';
import type { World } from './world.ts';

/** What the checker has looked at: a verdict over nothing would be worth nothing. */
export interface Checked {
  readonly findings: readonly Finding[];
  readonly rows: number;
  readonly rejects: number;
  readonly windows: number;
  readonly shards: number;
  readonly events: number;
}

/**
 * Compares the table with the archive after everything has ended, with code that shares nothing with the product:
 * a tar library and the zstd command, Kafka's own consumer, plain SQL.
 */
export async function checkArchive(
  world: World,
  options: { readonly watcher: Watcher; readonly beganAtMicros: number; readonly signal: AbortSignal },
): Promise<Checked> {
  const { watcher, signal } = options;
  const endings = checkEndings(world.endings);
  const table = await withClient(world.postgres.url, (client) => readRows(client));
  const manifests = await new ManifestsOnDisk(world.sinkPath).read();
  const rows = await checkRows({
    table,
    archived: archivedRows(world.sinkPath, manifests),
    digestOf: memorised(digestOfFile),
  });
  signal.throwIfAborted();
  const { brokers } = world.kafka;
  const events = await publishedEvents({ brokers, topic: `${world.name}.shards` });
  const rejectEvents = await publishedEvents({ brokers, topic: `${world.name}.rejects` });
  signal.throwIfAborted();
  const findings = [
    ...rows,
    ...checkRejects({ table, poisoned: world.poisoned, events: rejectEvents, manifests }),
    ...(await checkLedgers(world.sinkPath, manifests)),
    ...checkEvents({ events, rejectEvents, manifests }),
    { what: 'watermarks that went back', problems: watcher.problems.back },
    { what: 'watermarks ahead of durable shards', problems: watcher.problems.ahead },
    ...(await checkCommands(world, {
      archivedUntil: watcher.seen.archivedUntil ?? 0,
      replayed: timesToReplay(table),
    })),
    ...(await checkReplay(world, options)),
    ...endings,
  ];
  return {
    findings,
    rows: table.length,
    rejects: rejectEvents.length,
    windows: manifests.length,
    shards: manifests.flatMap(({ shards }) => shards).length,
    events: events.length,
  };
}

/** The first window with rows, one in the middle, the last. */
function timesToReplay(table: readonly TableRow[]): number[] {
  const times = table
    .filter(({ uid }) => fateOf(uid).isOnTime)
    .map(({ createdAtMicros }) => createdAtMicros!)
    .sort((a, b) => a - b);
  return [times[0]!, times[Math.floor(times.length / 2)]!, times.at(-1)!];
}

/** Thousands of rows may name one file. */
function memorised(digestOf: (path: string) => Promise<string>): (path: string) => Promise<string> {
  const known = new Map<string, Promise<string>>();
  return (path) => {
    const found = known.get(path) ?? digestOf(path);
    known.set(path, found);
    return found;
  };
}
