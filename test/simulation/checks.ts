import { isBalanced } from '../../src/model/ledger.ts';
import type { CommitUnit } from '../../src/model/commit-unit.ts';
import type { Progress } from '../../src/model/progress.ts';
import type { Entry, Reject } from '../../src/model/row.ts';
import { keyOf } from './fake-seal-store.ts';
import type { FakeSealStore } from './fake-seal-store.ts';
import type { Commit } from './fake-group.ts';

/** What must hold fails with an error that says what does not; the run adds the seed. */
function require(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`simulation: ${message}`);
}

/** Asked before a commit becomes visible. */
export function checkCommit(made: {
  readonly commit: Commit;
  readonly before: Progress | null;
  readonly earlier: readonly Commit[];
  readonly entries: readonly Entry[];
  readonly store: FakeSealStore;
}): void {
  const { commit, before, earlier, entries, store } = made;
  const { progress } = commit;
  if (before !== null) {
    require(progress.watermark >= before.watermark, 'the watermark goes back');
    require(progress.position >= before.position, 'the position goes back');
    require(progress.offset >= before.offset, 'the offset goes back');
  }
  checkDurable(commit, store);
  checkNoHole({ progress, entries, commits: [...earlier, commit], store });
}

/** Committed is never ahead of durable. */
function checkDurable({ seals }: Commit, store: FakeSealStore): void {
  for (const { manifestName: name, manifest } of seals) {
    require(isBalanced(manifest.ledger), `the ledger of ${name} is unbalanced`);
    require(store.seals.has(name), `${name} is committed but not stored`);
    for (const shard of manifest.shards) {
      require(store.shards.has(shard.name), `${shard.name} is committed but not stored`);
    }
  }
}

/** Every row at or below the watermark that stands before the position is in a committed shard, or a reject. */
function checkNoHole(state: {
  progress: Progress;
  entries: readonly Entry[];
  commits: readonly Commit[];
  store: FakeSealStore;
}): void {
  const { progress, entries, commits, store } = state;
  const kept = new Set(archivedRows(commits, store).map(keyOf));
  const rejects = allRejects(commits);
  const rejectedKeys = new Set(rejects.map((reject) => JSON.stringify([reject.uid, reject.createdAt])));
  const rejectedOffsets = new Set(rejects.map(({ offset }) => offset));
  for (const entry of entries) {
    if (entry.offset >= progress.position || entry.kind === 'mark') continue;
    if (entry.kind === 'row' && entry.createdAt > progress.watermark) continue;
    const isKept = entry.kind === 'row' && (kept.has(keyOf(entry)) || rejectedKeys.has(keyOf(entry)));
    require(isKept || rejectedOffsets.has(entry.offset), `the row at offset ${entry.offset} is in a hole`);
  }
}

/** Asked when the whole log is archived. `reference` is what one undisturbed pass over it gives. */
export function checkArchived(made: {
  readonly commits: readonly Commit[];
  readonly reference: readonly CommitUnit[];
  readonly entries: readonly Entry[];
  readonly store: FakeSealStore;
}): void {
  const { commits, reference, entries, store } = made;
  require(JSON.stringify(commits.map(outlineCommit)) ===
    JSON.stringify(reference.map(outlineUnit)), 'the commits are not those of an undisturbed pass');
  const archived = archivedRows(commits, store);
  const rejects = allRejects(commits);
  require(new Set(archived.map(keyOf)).size === archived.length, 'a row is archived twice');
  require(new Set(rejects.map(({ offset }) => offset)).size ===
    rejects.length, 'a reject is published twice');

  const ledgers = commits.flatMap(({ seals }) => seals.map(({ manifest }) => manifest.ledger));
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const duplicates = sum(ledgers.map((ledger) => ledger.duplicates));
  const records = entries.filter(({ kind }) => kind !== 'mark').length;
  require(archived.length + duplicates + rejects.length ===
    records, `${records} records became ${archived.length} archived, ${duplicates} duplicates, ${rejects.length} rejects`);
  const rows = entries.filter((entry) => entry.kind === 'row' || (entry.kind === 'poison' && entry.isRow));
  require(commits.at(-1)!.progress.rowsSealed === rows.length, 'the rows sealed are not the rows of the log');
}

/** Events: the manifests announced are those on the store, each once. */
export function checkAnnounced(commits: readonly Commit[], store: FakeSealStore): void {
  const announced = commits.flatMap(({ seals }) => seals.map((seal) => seal.manifestName));
  require(new Set(announced).size === announced.length, 'a seal is announced twice');
  require(announced.length === store.seals.size, 'a manifest is stored that nobody announced');
  const named = commits.flatMap(({ seals }) =>
    seals.flatMap(({ manifest }) => manifest.shards.map(({ name }) => name)),
  );
  require(new Set(named).size === named.length, 'two manifests name one shard');
  require(named.length === store.shards.size, 'a shard is stored that no manifest names');
}

function archivedRows(commits: readonly Commit[], store: FakeSealStore) {
  return commits.flatMap(({ seals }) => seals.flatMap((seal) => store.seals.get(seal.manifestName)!.rows));
}

function allRejects(commits: readonly Commit[]): Reject[] {
  return commits.flatMap(({ unit, seals }) => [
    ...unit.rejects,
    ...seals.flatMap(({ manifest }) => manifest.rejects),
  ]);
}

function outlineCommit({ unit, seals }: Commit) {
  return { ...outlineUnit(unit), names: seals.map(({ manifest }) => [manifest.kind, manifest.window.end]) };
}

/** What must not depend on how often a process died: seals with their rows, rejects, progress. */
function outlineUnit(unit: CommitUnit) {
  const { seals, rejects, rejectedRows, surplusRows, progress, open } = unit;
  return {
    seals: seals.map((seal) => [seal.firstOffset, seal.lastOffset, seal.received, seal.rows.count]),
    rejects: rejects.map(({ offset }) => offset),
    rejectedRows,
    surplusRows,
    progress,
    open,
    names: seals.map(({ kind, window }) => [kind, window.end]),
  };
}
