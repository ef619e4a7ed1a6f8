import { endsWithin } from '../base/patience.ts';
import type { CapturePosition } from '../model/capture-position.ts';
import { BatchWriter } from './batch-writer.ts';
import { captureRest } from './capture-rest.ts';
import type { CaptureOptions } from './capture-options.ts';
import { ChangeReader } from './change-reader.ts';
import { computeMarkTime, emitMarks } from './mark-emitter.ts';
import { readChange } from './pgoutput.ts';
import { withSession } from './postgres-session.ts';
import { checkPublication } from './publication.ts';
import { ReplicationStream } from './replication-stream.ts';
import { readWalEnd, requireSlot } from './slot.ts';
import { takeSnapshots } from './snapshot.ts';
import { computeStart } from './start-position.ts';
import type { ServerState } from './start-position.ts';
import { readTypesByTable } from './type-facts.ts';
import type { TypeFacts } from './type-facts.ts';

/** A log that does not answer for longer is left alone: what it has not committed comes out of the slot again. */
const DRAIN_WITHIN_MS = 5_000;

/** What is under way when a session is told to end may hang on a server that is away. */
const STOP_WITHIN_MS = 2_000;

/** How a session is told to end: `drain` commits what was read, `stop` leaves it to the next start. */
export interface SessionSignals {
  readonly drain: AbortSignal;
  readonly stop: AbortSignal;
}

/**
 * One ownership of the slot, from taking it to losing it. Resolves when one of the signals has come.
 *
 * The order is what makes it exactly once: take the slot, so nobody else reads it; fence, so nobody else commits;
 * only then read the position, and skip what stands at or before it.
 *
 * @throws whatever ends it; `explainStreamFailure` finds out what it means.
 */
export async function runCaptureSession(options: CaptureOptions, signals: SessionSignals): Promise<void> {
  let reader: ChangeReader | undefined;
  const stream = await ReplicationStream.open({
    url: options.postgresUrl,
    slot: options.slot,
    publication: options.publication,
    silenceMaxMs: options.limits.silenceMaxMs,
    onChange: (message) => {
      if (reader !== undefined) readChange(message, reader);
    },
  });
  const ended = AbortSignal.any([signals.drain, signals.stop]);
  try {
    const prepared = await besideStream(stream, ended, (signal) => prepare(options, stream, signal));
    if (prepared === undefined || ended.aborted) return;
    await streamChanges({ options, signals, stream, ...prepared, attach: (made) => (reader = made) });
  } finally {
    reader = undefined;
    await Promise.allSettled([stream.close(), options.log.close()]);
  }
}

interface Prepared {
  readonly position: CapturePosition;
  readonly published: ServerState['published'];
  readonly types: ReadonlyMap<string, TypeFacts>;
}

/** Fences, reads the position and takes the snapshots that are not done. */
async function prepare(
  options: CaptureOptions,
  stream: ReplicationStream,
  signal: AbortSignal,
): Promise<Prepared> {
  const { postgresUrl: url, slot, log, events, marks } = options;
  const { silenceMaxMs } = options.limits;
  const session = { url, purpose: 'start', answerWithinMs: silenceMaxMs };
  const { confirmedLsn, published, types } = await withSession(session, async (client) => ({
    published: await checkPublication(client, options),
    types: await readTypesByTable(client, options.tables),
    confirmedLsn: (await requireSlot(client, slot)).confirmedLsn,
  }));
  stream.reportFrom(confirmedLsn);
  const committed = await log.open();
  // Behind the fence: until then another owner of the slot may have gone on.
  const walEndLsn = await withSession(session, readWalEnd);
  const server = { confirmedLsn, walEndLsn, published };
  const { position, gaps, isCountAnew } = computeStart(committed, server);
  if (isCountAnew) log.countAnew();
  events.emit('capture:started', { slot, lsn: position.lsn, epoch: position.epoch });
  for (const gap of gaps) events.emit('capture:gap', gap);
  const computeCap = () => computeMarkTime({ url, marks, silenceMaxMs, lastTime: null });
  return {
    position: await takeSnapshots({ ...options, url, published, computeCap }, position, signal),
    published,
    types,
  };
}

/** Works while the stream is held. The work has ended when this settles, unless it hangs and we were told to end. */
async function besideStream<T>(
  stream: ReplicationStream,
  ended: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const broken = new AbortController();
  const working = work(AbortSignal.any([ended, broken.signal]));
  const hangs = aborted(ended)
    .then(() => endsWithin(STOP_WITHIN_MS, working))
    .then(() => undefined);
  try {
    return await Promise.race([working, stream.broken, hangs]);
  } catch (error) {
    broken.abort();
    await working.catch(() => undefined);
    if (ended.aborted) return undefined;
    throw error;
  }
}

interface StreamChangesOptions extends Prepared {
  readonly options: CaptureOptions;
  readonly signals: SessionSignals;
  readonly stream: ReplicationStream;
  readonly attach: (reader: ChangeReader) => void;
}

async function streamChanges({
  options,
  signals,
  stream,
  position,
  published,
  types,
  attach,
}: StreamChangesOptions): Promise<void> {
  const { postgresUrl: url, log, limits, events } = options;
  const reader = new ChangeReader({
    ...options,
    position,
    published,
    types,
    onRow: (row) => writer.add(row),
    onMark: (mark) => writer.addMark(mark),
  });
  const writer: BatchWriter = new BatchWriter({
    log,
    limits,
    events,
    currentPosition: () => reader.position,
    lastWholeLsn: () => reader.lastWholeLsn,
    onCommitted: (wholeLsn) => stream.acknowledge(wholeLsn),
    pause: () => stream.pause(),
    resume: () => stream.resume(),
  });
  attach(reader);
  const marking = new AbortController();
  const marks = emitMarks(
    { ...options, url, published, silenceMaxMs: limits.silenceMaxMs, lastTime: position.time },
    marking.signal,
  );
  try {
    stream.resume();
    await Promise.race([stream.broken, writer.failed, marks, aborted(signals.drain), aborted(signals.stop)]);
    if (signals.drain.aborted && !signals.stop.aborted) {
      stream.pause();
      const drained = writer.drain();
      await Promise.race([drained, endsWithin(DRAIN_WITHIN_MS, drained), aborted(signals.stop)]);
    }
  } catch (failure) {
    const stopped = aborted(signals.stop).then(() => Promise.reject(new Error('stopped')));
    stopped.catch(() => undefined);
    const rest = {
      url,
      slot: options.slot,
      silenceMaxMs: limits.silenceMaxMs,
      stream,
      reader,
      writer,
      stopped,
    };
    throw await captureRest(failure, rest);
  } finally {
    writer.dispose();
    marking.abort();
    await marks.catch(() => undefined);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
