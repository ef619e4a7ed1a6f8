import fc from 'fast-check';
import { expect, it } from 'vitest';
import { markAborted } from '../../src/log/hide-aborted.ts';
import type { FetchedMessage } from '../../src/log/hide-aborted.ts';
import { SEED } from '../support/seed.ts';

interface Entry {
  readonly producerId: string;
  readonly kind: 'message' | 'marker' | 'plain';
  /** The transaction that it belongs to. */
  readonly transaction: number;
}

/** What producers write side by side: messages in transactions, their markers, and messages in none. */
const logs = fc
  .array(
    fc.record({
      producer: fc.nat(3),
      act: fc.constantFrom('message', 'message', 'commit', 'abort', 'plain'),
    }),
    { maxLength: 60 },
  )
  .map((acts) => {
    const entries: Entry[] = [];
    const open = new Map<string, { transaction: number; first: number }>();
    const aborted = new Map<number, { producerId: string; firstOffset: string }>();
    let transactions = 0;
    for (const { producer, act } of acts) {
      const producerId = String(producer);
      if (act === 'plain') {
        // Another producer: those of transactions write nothing outside of them.
        entries.push({ producerId: 'plain', kind: 'plain', transaction: -1 });
      } else if (act === 'message') {
        const current = open.get(producerId) ?? { transaction: transactions++, first: entries.length };
        open.set(producerId, current);
        entries.push({ producerId, kind: 'message', transaction: current.transaction });
      } else {
        const current = open.get(producerId);
        if (current === undefined) continue;
        open.delete(producerId);
        entries.push({ producerId, kind: 'marker', transaction: current.transaction });
        // In the order of their ends, as brokers have them.
        if (act === 'abort')
          aborted.set(current.transaction, { producerId, firstOffset: String(current.first) });
      }
    }
    return { entries, aborted };
  });

it('what a fetch from anywhere hands out is what belongs to no aborted transaction', () => {
  fc.assert(
    fc.property(logs, fc.nat(), ({ entries, aborted }, chosen) => {
      const from = chosen % (entries.length + 1);
      const messages = entries
        .map(({ producerId, kind }, at): FetchedMessage => ({
          ...{ offset: String(at), key: null, isControlRecord: kind === 'marker' },
          batchContext: { producerId, inTransaction: kind !== 'plain' },
        }))
        .slice(from);
      // A broker tells of those that end behind where the fetch begins.
      const endOf = (transaction: number) =>
        entries.findIndex((entry) => entry.kind === 'marker' && entry.transaction === transaction);
      const told = [...aborted].filter(([transaction]) => endOf(transaction) >= from);
      const partition = { messages, abortedTransactions: told.map(([, begin]) => begin) };
      markAborted(partition);
      const handedOut = partition.messages.filter(({ isControlRecord }) => isControlRecord !== true);
      const expected = entries
        .map((entry, at) => ({ ...entry, at }))
        .slice(from)
        .filter(({ kind, transaction }) => kind !== 'marker' && !aborted.has(transaction));
      expect(handedOut.map(({ offset }) => offset)).toEqual(expected.map(({ at }) => String(at)));
      expect(partition.abortedTransactions).toEqual([]);
      expect(partition.messages).toHaveLength(entries.length - from);
    }),
    { seed: SEED, numRuns: 1_000 },
  );
});
