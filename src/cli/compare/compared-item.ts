import type { Micros } from '../../model/micros.ts';

/** One shard of the archive beside what it is compared with. */
export interface ComparedItem {
  readonly name: string;
  readonly windowEnd: Micros;
  readonly outcome: 'same' | 'different' | 'only here' | 'only there';
  readonly here: DigestFound | null;
  readonly there: DigestFound | null;
  /** Why it differs, where that is known. */
  readonly detail?: string;
}

interface DigestFound {
  readonly sha256: string;
  readonly rows?: number;
}
