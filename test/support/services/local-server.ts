import { readFileSync } from 'node:fs';
import { keepProcess } from './kept-process.ts';
import type { KeptProcess, KeptProcessOptions } from './kept-process.ts';

/** A server on this machine, for tests that stop it, kill it and start it again. It ends with this Node process. */
export interface LocalServer {
  /** Of the server's first process; another one after `restart`. */
  readonly pid: number;
  /** Everything it printed. */
  readonly logFile: string;
  /** Shuts it down cleanly and keeps its data for `restart`. */
  readonly halt: () => Promise<void>;
  /** SIGKILL to its first process; resolves when all its processes are gone. Its data stay for `restart`. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same data and port, after a clean shutdown when it still runs. */
  readonly restart: () => Promise<void>;
  /** Shuts it down cleanly and removes its data, unless they live in a folder that the caller named. */
  readonly stop: () => Promise<void>;
}

export interface LocalServerOptions extends KeptProcessOptions {
  /** For messages: `postgres`, `kafka`. */
  readonly name: string;
  /** Asks the server once: true when it answers, false when it does not yet. Throws what waiting cannot mend. */
  readonly isReady: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
}

const POLL_MS = 50;

/** @throws Error with the end of its log when it ends or is silent before it is ready. */
export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  const { prepare, ...server } = options;
  const start = async (prepare: Pick<KeptProcessOptions, 'prepare'>): Promise<KeptProcess> => {
    const started = await keepProcess({ ...server, ...prepare });
    try {
      await ready(options, started);
    } catch (error) {
      await started.drop();
      throw error;
    }
    return started;
  };
  let current = await start(prepare === undefined ? {} : { prepare });

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (await hasEnded(current)) return;
    current.signal(signal);
    await current.ended;
  };
  return {
    get pid() {
      return current.pid;
    },
    logFile: options.logFile,
    halt: () => end(options.stopSignal),
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end(options.stopSignal);
      await current.release();
      current = await start({});
    },
    stop: () => current.drop(),
  };
}

async function ready(options: LocalServerOptions, server: KeptProcess): Promise<void> {
  const deadline = performance.now() + options.readyTimeoutMs;
  for (;;) {
    const answered = await options.isReady();
    // Asked also when something answered: it may be another server on our port, and ours has given up.
    if (await hasEnded(server)) throw failure(options, 'ended before it was ready');
    if (answered) return;
    if (performance.now() > deadline)
      throw failure(options, `did not answer within ${options.readyTimeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function failure(options: LocalServerOptions, what: string): Error {
  return new Error(`the local ${options.name} ${what}; the end of its log:\n${logEnd(options.logFile)}`);
}

const LOG_LINES = 20;

function logEnd(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n');
}

async function hasEnded(server: KeptProcess): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([server.ended, Promise.resolve(pending)])) !== pending;
}
