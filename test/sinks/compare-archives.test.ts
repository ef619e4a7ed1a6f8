import { expect, it } from 'vitest';
import { compareArchives } from '../../src/sinks/read/compare-archives.ts';
import type { ComparedShard } from '../../src/sinks/read/compare-archives.ts';
import { collect } from './support/collect.ts';
import { createWorkspace } from './support/workspace.ts';

const outcomes = (found: readonly ComparedShard[]) => found.map(({ outcome }) => outcome);

it('two archives of the same rows are the same; of others each shard says how it differs', async () => {
  const [a, b, empty] = [createWorkspace(), createWorkspace(), createWorkspace()];
  const rows = [a.row('x', 'one'), a.row('y', 'two')];
  const roots = { roots: [a.root] };
  await a.seal(rows, roots);
  await b.seal(rows, roots);
  const same = await collect(compareArchives(a.sink, b.sink, {}));
  expect(outcomes(same)).toEqual(['same']);
  expect(same[0]!.here).toEqual(same[0]!.there);

  const c = createWorkspace();
  await c.seal([rows[0]!], roots);
  const [different] = await collect(compareArchives(a.sink, c.sink, {}));
  expect(different).toMatchObject({ outcome: 'different', here: { rows: 2 }, there: { rows: 1 } });

  expect(outcomes(await collect(compareArchives(a.sink, empty.sink, {})))).toEqual(['only here']);
  expect(outcomes(await collect(compareArchives(empty.sink, a.sink, {})))).toEqual(['only there']);
  expect(await collect(compareArchives(a.sink, empty.sink, { table: 'public.none' }))).toEqual([]);
});
