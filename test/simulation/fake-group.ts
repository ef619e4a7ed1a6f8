import { TidemarkError } from '../../src/base/errors.ts';
import { decodeProgress, encodeProgress } from '../../src/log/progress-codec.ts';
import type { CommitUnit } from '../../src/model/commit-unit.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Offset } from '../../src/model/offset.ts';
import type { Progress } from '../../src/model/progress.ts';
import type { SealResult } from '../../src/model/seal.ts';
import type { ProgressLog } from '../../src/watermark/progress-log.ts';
import type { Random } from '../support/seed.ts';
import type { Life } from './life.ts';

export interface Commit {
  readonly seals: readonly SealResult[];
  readonly unit: CommitUnit;
  readonly progress: Progress;
}

/** Kafka refuses metadata above this; so does the simulation. */
const METADATA_BYTES_MAX = 4_096;

/** One partition of the consumer group: its committed offset, and who owns its transactional.id. */
export class FakeGroupPartition {
  /** Every transaction that was committed, in order: what a read-committed consumer sees. */
  readonly commits: Commit[] = [];
  /** Called with each commit before it is visible; throws what a check finds wrong. */
  readonly #inspect: (commit: Commit, before: Progress | null) => void;
  readonly #random: Random;
  #committed: { offset: string; metadata: string } | null = null;
  #owner = 0;

  constructor(options: { inspect: (commit: Commit, before: Progress | null) => void; random: Random }) {
    this.#inspect = options.inspect;
    this.#random = options.random;
  }

  get progress(): Progress | null {
    return this.#committed === null ? null : decodeProgress(this.#committed);
  }

  get watermark(): Micros | null {
    return this.progress?.watermark ?? null;
  }

  /** The port as one process sees it: fenced as soon as another one has opened it. */
  logFor(life: Life): ProgressLog {
    let owner = 0;
    return {
      open: async () => {
        await life.step('fence');
        owner = ++this.#owner;
        await life.step('fenced');
        return { progress: this.progress, logStart: 0 as Offset };
      },
      commit: async (commit) => {
        await life.step('commit begins');
        if (owner !== this.#owner) throw new TidemarkError('ERR_FENCED', { detail: 'another owner' });
        if (this.#random.chance(0.02)) throw lostTransaction();
        this.#apply(commit);
        if (this.#random.chance(0.02)) throw lostTransaction();
        await life.step('committed');
      },
      close: () => Promise.resolve(),
    };
  }

  #apply(commit: Commit): void {
    this.#inspect(commit, this.progress);
    const metadata = encodeProgress(commit.progress);
    if (metadata.length > METADATA_BYTES_MAX) throw new Error('the metadata is too long for Kafka');
    this.#committed = { offset: String(commit.progress.offset), metadata };
    this.commits.push(commit);
  }
}

/** The answer is lost: the transaction may have been committed or not. */
function lostTransaction(): TidemarkError {
  return new TidemarkError('ERR_KAFKA_TRANSACTION', { detail: 'no answer' });
}
