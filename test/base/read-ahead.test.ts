import { describe, expect, it } from 'vitest';
import { readAhead } from '../../src/base/read-ahead.ts';

async function* counting(said: string[], failsAt = Infinity): AsyncGenerator<number, void> {
  try {
    for (let n = 1; n <= 3; n++) {
      said.push(`asked ${n}`);
      await Promise.resolve();
      if (n === failsAt) throw new Error(`no ${n}`);
      yield n;
    }
  } finally {
    said.push('ended');
  }
}

describe('reading ahead', () => {
  it('asks for the next item before the one at hand is taken, and for no more than that', async () => {
    const said: string[] = [];
    for await (const n of readAhead(counting(said))) said.push(`took ${n}`);
    expect(said).toEqual(['asked 1', 'asked 2', 'took 1', 'asked 3', 'took 2', 'ended', 'took 3']);
  });

  it('gives out what came before a failure, then the failure', async () => {
    const said: string[] = [];
    const taking = (async () => {
      for await (const n of readAhead(counting(said, 2))) said.push(`took ${n}`);
    })();
    await expect(taking).rejects.toThrow('no 2');
    expect(said).toContain('took 1');
  });

  it('ends the source when it is ended early, also when that fails with what nobody takes', async () => {
    const said: string[] = [];
    for await (const n of readAhead(counting(said, 2))) {
      said.push(`took ${n}`);
      break;
    }
    expect(said).toEqual(['asked 1', 'asked 2', 'ended', 'took 1']);
  });
});
