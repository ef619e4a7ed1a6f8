import { TidemarkError } from '../base/errors.ts';
import type { Events } from '../base/event-map.ts';
import type { Sink, SinkFile } from './sink.ts';

/** A good disk answers in milliseconds, one that writes out a full cache in seconds. */
const HELD_AFTER_MS = 10_000;

const STORING: ReadonlySet<string> = new Set(['store', 'replace']);
const READING: ReadonlySet<string> = new Set(['look for', 'read', 'list']);

function kindOf(operation: string): 'read' | 'write' {
  return READING.has(operation) ? 'read' : 'write';
}

type Effect = <T>(operation: string, name: string, effect: () => Promise<T>) => Promise<T>;

/**
 * Passes every call on, and tells when one has had no answer for long. A frozen file system or a network mount whose
 * server is gone gives no error: without this a partition would stand still without a word.
 *
 * `sink:held` is emitted after ten seconds and each time the wait has doubled, `sink:answered` when it is over. What
 * became durable is told too, and what the sink refused.
 */
export function watchSink(sink: Sink, events: Events): Sink {
  const watched: Effect = async (operation, name, effect) => {
    try {
      const result = await watch({ events, operation, name }, effect);
      if (STORING.has(operation)) events.emit('sink:stored', { name });
      return result;
    } catch (error) {
      // Another file under the name, or a damaged one, is no failure of the sink.
      if (error instanceof TidemarkError && error.code === 'ERR_SINK_UNAVAILABLE')
        events.emit('sink:failed', { operation: kindOf(operation), name, reason: error.detail });
      throw error;
    }
  };
  return {
    url: sink.url,
    check: () => watched('check', '', () => sink.check()),
    sweep: () => watched('sweep', '', () => sink.sweep()),
    createFile: async (name) =>
      watchFile(await watched('create', name, () => sink.createFile(name)), name, watched),
    putObject: (name, bytes) => watched('store', name, () => sink.putObject(name, bytes)),
    size: (name) => watched('look for', name, () => sink.size(name)),
    readRange: (name, range, memory) => watched('read', name, () => sink.readRange(name, range, memory)),
    settle: (name) => watched('sync', name, () => sink.settle(name)),
    list: (prefix) => watchEach(sink.list(prefix), prefix, watched),
    listFolders: (prefix) => watchEach(sink.listFolders(prefix), prefix, watched),
  };
}

function watchFile(file: SinkFile, name: string, watched: Effect): SinkFile {
  return {
    write: (bytes) => watched('write', name, () => file.write(bytes)),
    finish: () => watched('store', name, () => file.finish()),
    replace: () => watched('replace', name, () => file.replace()),
    abort: () => watched('remove the beginning of', name, () => file.abort()),
  };
}

async function* watchEach(names: AsyncIterable<string>, prefix: string, watched: Effect) {
  const iterator = names[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await watched('list', prefix, () => iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

async function watch<T>(
  call: { readonly events: Events; readonly operation: string; readonly name: string },
  effect: () => Promise<T>,
): Promise<T> {
  const { events, operation, name } = call;
  const since = performance.now();
  const told = () => ({ operation, name, heldMs: Math.round(performance.now() - since) });
  let isHeld = false;
  const wait = (forMs: number): NodeJS.Timeout =>
    setTimeout(() => {
      isHeld = true;
      events.emit('sink:held', told());
      timer = wait(told().heldMs);
    }, forMs);
  let timer = wait(HELD_AFTER_MS);
  try {
    return await effect();
  } finally {
    clearTimeout(timer);
    if (isHeld) events.emit('sink:answered', told());
  }
}
