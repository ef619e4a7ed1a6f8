import type { FilterHead } from '../filter/filter-head.ts';

/** A manifest in which a uid may be. */
export interface Candidate {
  readonly manifest: string;
  /** Numbers of its shards that may hold it; null for all of them. */
  readonly shards: ReadonlySet<number> | null;
  /** How many shards it has by the filter. */
  readonly shardCount: number;
}

/** What a filter that covers some of the manifests has answered. */
export interface FilterAnswer {
  readonly filter: { readonly head: Pick<FilterHead, 'manifests' | 'sectionEnds'> };
  /** Sections that may hold the uid. */
  readonly sections: readonly number[];
}

/**
 * Manifests of a day that have to be looked at: those that no filter covers, and the shards to which a filter points.
 * Pure. A manifest that was written after the filters of its day is in none of them, so it is never passed over.
 */
export function candidatesOf(options: {
  readonly day: string;
  readonly manifests: readonly string[];
  readonly answers: readonly FilterAnswer[];
}): Candidate[] {
  const { day, manifests, answers } = options;
  const covered = new Map<string, Candidate>();
  for (const answer of answers)
    for (const candidate of coveredBy(day, answer)) {
      // Of two filters over one manifest each has all of its uids: either of them may say no.
      const known = covered.get(candidate.manifest);
      if (known === undefined || candidate.shards!.size < known.shards!.size)
        covered.set(candidate.manifest, candidate);
    }
  return manifests
    .map((manifest) => covered.get(manifest) ?? { manifest, shards: null, shardCount: 0 })
    .filter(({ shards }) => shards === null || shards.size > 0);
}

function* coveredBy(day: string, { filter: { head }, sections }: FilterAnswer): Generator<Candidate> {
  const { manifests, sectionEnds } = head;
  const pointed = sections.map((section) => ({
    from: sectionEnds[section - 1] ?? 0,
    to: sectionEnds[section]!,
  }));
  let before = 0;
  for (const { name, shards: shardCount } of manifests) {
    const numbers = Array.from({ length: shardCount }, (_, i) => i);
    const isPointed = (i: number) => pointed.some(({ from, to }) => before + i >= from && before + i < to);
    yield { manifest: day + name, shards: new Set(numbers.filter(isPointed)), shardCount };
    before += shardCount;
  }
}
