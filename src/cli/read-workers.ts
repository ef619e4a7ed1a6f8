import { InvalidArgumentError } from 'commander';
import type { ReadWorkers } from '../sinks/read-pool.ts';
import type { CliContext } from './cli-context.ts';
import { readSinkOptions } from './read-sink.ts';
import type { SinkFlags } from './read-sink.ts';

/** The value of `--jobs`. */
export function readJobs(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number from 1 to 999 was expected');
}

/** With one job there are no threads: the main one does it. @throws TidemarkError as openReadSink does. */
export async function readWorkers(
  context: CliContext,
  flags: SinkFlags & { readonly jobs: number },
): Promise<{ workers?: ReadWorkers }> {
  if (flags.jobs === 1) return {};
  return { workers: { count: flags.jobs, sink: await readSinkOptions(context, flags) } };
}
