import { workerData } from 'node:worker_threads';
import { openSink } from '../open-sink.ts';
import type { ReadWorkers } from '../read-pool.ts';
import { toOutcome } from '../thread-outcome.ts';
import type { ThreadOutcome } from '../thread-outcome.ts';
import { collectProblems } from './verify-shard.ts';
import type { ShardClaim, VerifiedShard } from './verify-shard.ts';

export interface VerifySettings {
  readonly url: string;
  readonly sink: ReadWorkers['sink'];
}

const settings = workerData as VerifySettings;
const sink = openSink(settings.url, settings.sink);

/** Entry of a verifying thread. */
export function runVerify(claim: ShardClaim): Promise<ThreadOutcome<VerifiedShard>> {
  return toOutcome(() => collectProblems({ sink, ...claim, onBytes: () => undefined }));
}
