import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OrderedTasks } from '../../src/sinks/ordered-tasks.ts';
import { runs } from '../support/fuzz-runs.ts';

test('tasks end in any order and are told in theirs, never more at once than allowed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.nat(12), fc.integer({ min: 0, max: 4 }), async (s, count, atOnce) => {
      const tasks = new OrderedTasks<number>(atOnce);
      let [running, most] = [0, 0];
      const told: number[] = [];
      const all = (async () => {
        for (let i = 0; i < count; i++) {
          const task = async () => {
            most = Math.max(most, ++running);
            await s.schedule(Promise.resolve());
            running--;
            return i;
          };
          told.push(...(await tasks.give(task)));
        }
        for await (const each of tasks.end()) told.push(each);
      })();
      await s.waitFor(all);
      expect(told).toEqual(Array.from({ length: count }, (_, i) => i));
      expect(most).toBeLessThanOrEqual(Math.max(1, atOnce));
    }),
    runs(50),
  );
});

test('the first failure is told in its turn, and the rest can be waited for', async () => {
  const tasks = new OrderedTasks<string>(3);
  const first = await tasks.give(() => Promise.resolve('whole'));
  await tasks.give(() => Promise.reject(new Error('torn')));
  expect(first).toEqual([]);
  expect(await tasks.give(() => Promise.resolve('later'))).toEqual(['whole']);
  await expect(tasks.give(() => Promise.resolve('last'))).rejects.toThrow('torn');
  await tasks.abandon();
});
