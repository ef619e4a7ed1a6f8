import type { Logger } from 'pino';
import type { EventName, Events } from '../base/event-map.ts';
import { formatLsn } from '../model/lsn.ts';
import type { Micros } from '../model/micros.ts';
import { Bursts } from './burst.ts';
import { CLEANUP_LINES } from './cleanup/log-lines.ts';
import { FILTER_LINES } from './filter-log-lines.ts';
import { HTTP_LINES } from './http-log-lines.ts';
import { line, text } from './log-line.ts';
import type { Line } from './log-line.ts';

const HELD_REMEDY =
  'Look at the mount of sink.url (`findmnt`, `dmesg`) or the way to its bucket. Nothing is lost: the seal goes on when it answers.';

const UNGUARDED_REMEDY =
  'Let one archive alone write to this bucket and prefix, or use a store that keeps conditional writes (docs/storage.md).';

/** How each event reads in the log: a short message and fields, never a row's values. */
const LINES: { readonly [N in EventName]: Line<N> | null } = {
  'capture:started': line('capture', 'info', 'capture started', (e) => ({ ...e, lsn: formatLsn(e.lsn) })),
  'capture:gap': line(
    'capture',
    'warn',
    'rows passed by uncaptured; the table is read again above archived_until, reconcile finds what was late',
    (e) => ({ ...e, capturedLsn: formatLsn(e.capturedLsn) }),
  ),
  'capture:waiting': line('capture', 'info', 'standing by, the slot is read by another process', (e) => e),
  'capture:committed': line('capture', 'debug', 'rows committed', (e) => ({ ...e, lsn: formatLsn(e.lsn) })),
  'capture:paused': line('capture', 'debug', 'capture paused, kafka is slower than postgres', (e) => e),
  'capture:reconnecting': line('capture', 'warn', 'capture reconnects', (e) => e),
  'mark:emitted': line('capture', 'debug', 'mark emitted', (e) => ({
    markTime: text(e.time),
    clock: text(e.clock),
  })),
  'mark:held-back': line(
    'capture',
    'warn',
    'a transaction is open for too long, its rows may be late',
    (e) => e,
  ),
  'mark:sent': line('capture', 'debug', 'mark sent', ({ time, ...e }) => ({ ...e, markTime: text(time) })),
  'snapshot:started': line('capture', 'info', 'snapshot started', (e) => e),
  'snapshot:waiting': line('capture', 'warn', 'the snapshot waits for a transaction that writes', (e) => e),
  'snapshot:progressed': line('capture', 'debug', 'snapshot goes on', ({ time, ...e }) => ({
    ...e,
    readUntil: text(time),
  })),
  'snapshot:finished': line('capture', 'info', 'snapshot finished', (e) => e),
  // One line a burst, below.
  'kafka:warned': null,
  'archive:waiting': line('archive', 'warn', 'archive waits for kafka', (e) => e),
  'group:joined': line('archive', 'info', 'joined the archive group', (e) => e),
  'partition:restored': line('archive', 'info', 'partition restored', (e) => ({
    ...e,
    watermark: text(e.watermark),
  })),
  'partition:gated': line('archive', 'debug', 'partition waits for its rows to be due', (e) => ({
    ...e,
    until: text(e.until),
  })),
  'partition:failed': line('archive', 'warn', 'partition failed and tries again', (e) => e),
  // Told by the line above, or by the error that ends the process.
  'partition:troubled': null,
  'rows:received': line('archive', 'debug', 'rows received', (e) => e),
  'rows:surplus': line('archive', 'info', 'more rows than the marks said', (e) => e),
  'window:opened': line('archive', 'debug', 'window opened', spelled),
  'window:full': line('archive', 'info', 'window is full and sealed early', spelled),
  'shard:stored': line('archive', 'debug', 'shard stored', ({ table, partition, shard, durationMs }) => ({
    ...{ table, partition, durationMs, shard: shard.name, bytes: shard.bytes, files: shard.files },
  })),
  'shard:passed-over': line(
    'archive',
    'warn',
    'a file that no manifest names has the name of a shard: it stays, the shard gets another name',
    (e) => e,
  ),
  'sink:unguarded': line(
    'archive',
    'warn',
    'the store does not keep If-None-Match: a name is looked up before it is written, and nothing more',
    (e) => ({ ...e, remedy: UNGUARDED_REMEDY }),
  ),
  // Told by the shard or the manifest, and by the seal that is tried again or the command that fails.
  'sink:stored': null,
  'sink:failed': null,
  'sink:held': line('archive', 'warn', 'the sink does not answer', (e) => ({ ...e, remedy: HELD_REMEDY })),
  'sink:answered': line('archive', 'info', 'the sink has answered', (e) => e),
  'sink:swept': line('archive', 'info', 'removed what killed processes had left half written', (e) => e),
  'window:sealed': line('archive', 'info', 'window sealed', (e) => ({
    ...{ table: e.table, partition: e.partition, window: text(e.window.end), kind: e.kind, ...e.ledger },
    ...{ shards: e.shards.length, durationMs: Math.round(e.durationMs) },
  })),
  // One line a burst, below.
  'row:rejected': null,
  'partition:committed': line('archive', 'debug', 'partition committed', (e) => ({
    ...e,
    watermark: text(e.watermark),
  })),
  'watermark:waiting': line('watermark', 'warn', 'archived_until waits for postgres', (e) => e),
  'watermark:moved': line('watermark', 'info', 'watermark moved', (e) => ({
    table: e.table,
    from: text(e.from),
    to: text(e.to),
  })),
  'archived:synced': null,
  ...CLEANUP_LINES,
  ...FILTER_LINES,
  'lock:waiting': line('archive', 'warn', 'the lock on the tables waits for postgres', (e) => e),
  'cycle:started': line('cycle', 'info', 'cycle started', ({ table, strategy, window, archivedUntil }) => ({
    ...{ table, strategy, from: spell(window?.start ?? null), to: spell(window?.end ?? null) },
    archivedUntil: spell(archivedUntil),
  })),
  'cycle:progressed': line('cycle', 'debug', 'cycle goes on', (e) => e),
  'cycle:finished': line('cycle', 'info', 'cycle finished', ({ report: { window, phases, ...e } }) => ({
    ...{ ...e, ...phases, from: spell(window?.start ?? null), to: spell(window?.end ?? null) },
    archivedUntil: spell(e.archivedUntil),
  })),
  'cycle:failed': line('cycle', 'warn', 'cycle failed', (e) => e),
  'database:operated': null,
  ...HTTP_LINES,
};

/**
 * Writes events to the log, one child logger a stage. Rejects (one event a seal) and the warnings of a client
 * that tries again come in bursts, and have one line a burst.
 *
 * @returns a function that ends it.
 */
export function logEvents(events: Events, logger: Logger): () => void {
  const ends = (Object.keys(LINES) as EventName[]).map((name) => subscribe(events, logger, name));
  ends.push(logRejects(events, logger), logKafkaWarnings(events, logger));
  return () => {
    for (const end of ends) end();
  };
}

function subscribe<N extends EventName>(events: Events, logger: Logger, name: N): () => void {
  const spec: Line<N> | null = LINES[name];
  if (spec === null) return () => undefined;
  const child = logger.child({ stage: spec.stage });
  return events.on(name, (event) => {
    if (child.isLevelEnabled(spec.level)) child[spec.level](spec.fields(event), spec.message);
  });
}

function logRejects(events: Events, logger: Logger): () => void {
  const child = logger.child({ stage: 'archive' });
  const bursts = new Bursts<{ table: string; reason: string; rows: number }>({
    join: (sum, { rows }) => ({ ...sum, rows: sum.rows + rows }),
    report: (sum) => child.warn(sum, 'rows rejected'),
  });
  const end = events.on('row:rejected', ({ table, reason, rows }) =>
    bursts.add(`${table} ${reason}`, { table, reason, rows }),
  );
  return () => {
    end();
    bursts.flush();
  };
}

function logKafkaWarnings(events: Events, logger: Logger): () => void {
  const child = logger.child({ stage: 'log' });
  const bursts = new Bursts<{ namespace: string; warning: string; times: number }>({
    join: (sum, { times }) => ({ ...sum, times: sum.times + times }),
    report: (sum) => child.warn(sum, 'kafka client warns'),
  });
  const end = events.on('kafka:warned', ({ namespace, message }) =>
    bursts.add(`${namespace} ${message}`, { namespace, warning: message, times: 1 }),
  );
  return () => {
    end();
    bursts.flush();
  };
}

function spell(time: Micros | null): string | null {
  return time === null ? null : text(time);
}

function spelled<E extends { readonly window: { readonly end: Micros } }>(event: E): object {
  return { ...event, window: text(event.window.end) };
}
