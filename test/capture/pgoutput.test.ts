import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/base/errors.ts';
import { readChange, readTuple } from '../../src/capture/pgoutput.ts';
import type { ChangeHandler } from '../../src/capture/pgoutput.ts';
import { SEED } from '../support/seed.ts';

const text = (value: string): Buffer => Buffer.from(`${value}\0`);

function numbers(...parts: readonly (readonly [bytes: 1 | 2 | 4 | 8, value: number])[]): Buffer {
  return Buffer.concat(
    parts.map(([bytes, value]) => {
      const buffer = Buffer.alloc(bytes);
      if (bytes === 8) buffer.writeBigUInt64BE(BigInt(value));
      else buffer.writeUIntBE(value, 0, bytes);
      return buffer;
    }),
  );
}

const column = (name: string, oid: number): Buffer =>
  Buffer.concat([numbers([1, 1]), text(name), numbers([4, oid], [4, 0xffffffff])]);

const value = (content: string | null): Buffer =>
  content === null
    ? Buffer.from('n')
    : Buffer.concat([Buffer.from('t'), numbers([4, Buffer.byteLength(content)]), Buffer.from(content)]);

const OID = 16_384;
const BEGIN = Buffer.concat([Buffer.from('B'), numbers([8, 0x16b374d8], [8, 1_000_000], [4, 771])]);
const RELATION = Buffer.concat([
  ...[Buffer.from('R'), numbers([4, OID]), text('public'), text('files'), Buffer.from('d'), numbers([2, 3])],
  ...[column('uid', 25), column('created_at', 1184), column('size_bytes', 20)],
]);
const INSERT = Buffer.concat([
  ...[Buffer.from('I'), numbers([4, OID]), Buffer.from('N'), numbers([2, 3])],
  ...[value('a😀'), value('2026-11-23 05:37:17.5+00'), value(null)],
]);
const MESSAGE = Buffer.concat([
  ...[Buffer.from('M'), numbers([1, 1], [8, 7]), text('tidemark'), numbers([4, 2]), Buffer.from('{}')],
]);
const TYPE = Buffer.concat([Buffer.from('Y'), numbers([4, 16_500]), text('public'), text('mood')]);
const COMMIT = Buffer.concat([Buffer.from('C'), numbers([1, 0], [8, 1], [8, 2], [8, 3])]);

/** Reads as capture does, and writes down what it is told. */
function read(messages: readonly Buffer[], columns = 3): unknown[] {
  const seen: unknown[] = [];
  const handler: ChangeHandler = {
    begin: (transaction) => seen.push(transaction),
    relation: (relation) => seen.push(relation),
    type: (type) => seen.push(type),
    insert: (oid, message, tupleAt) => {
      const values = new Array<string | null>(columns).fill(null);
      readTuple(message, tupleAt, values);
      seen.push({ oid, values });
    },
    logicalMessage: ({ prefix, content }) => seen.push({ prefix, content: content.toString() }),
    commit: () => seen.push('commit'),
  };
  for (const message of messages) readChange(message, handler);
  return seen;
}

/** What is not one of our own errors is a mistake of ours. */
function readOrRefuse(message: Buffer, columns?: number): 'read' | 'refused' {
  try {
    read([message], columns);
    return 'read';
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'ERR_STREAM_INVALID') return 'refused';
    throw error;
  }
}

const MESSAGES = [BEGIN, TYPE, RELATION, INSERT, MESSAGE, COMMIT];

describe('messages of pgoutput', () => {
  it('say what the manual says they do', () => {
    expect(read(MESSAGES)).toEqual([
      { commitLsn: 0x16b374d8n, committedAt: 946_684_801_000_000, txId: 771 },
      { oid: 16_500, schema: 'public', name: 'mood' },
      {
        oid: OID,
        schema: 'public',
        name: 'files',
        columns: [
          { name: 'uid', typeOid: 25, typmod: -1 },
          { name: 'created_at', typeOid: 1184, typmod: -1 },
          { name: 'size_bytes', typeOid: 20, typmod: -1 },
        ],
      },
      { oid: OID, values: ['a😀', '2026-11-23 05:37:17.5+00', null] },
      { prefix: 'tidemark', content: '{}' },
      'commit',
    ]);
  });

  it('that nobody needs pass in silence', () => {
    expect(read(['U', 'D', 'T', 'O', ''].map((kind) => Buffer.from(kind)))).toEqual([]);
  });

  it.each([
    ['begin', BEGIN],
    ['type', TYPE],
    ['relation', RELATION],
    ['insert', INSERT],
    ['logical message', MESSAGE],
  ])('are refused when they are cut off anywhere: %s', (_, message) => {
    for (let length = 1; length < message.length; length++) {
      expect(readOrRefuse(message.subarray(0, length)), `${length} bytes`).toBe('refused');
    }
  });

  it('are read or refused, whatever bytes they are made of', () => {
    const kind = fc.constantFrom(...'IBCRMUDTOY').map((letter) => Buffer.from(letter));
    const noise = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(kind, noise, fc.nat(4), (first, rest, columns) => {
        readOrRefuse(Buffer.concat([first, rest]), columns);
      }),
      { seed: SEED, numRuns: 3_000 },
    );
  });

  it('are read or refused when some bytes of a good one are others', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(
        fc.constantFrom(...MESSAGES),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (good, changes) => {
          const message = Buffer.from(good);
          for (const [at, byte] of changes) message[at % message.length] = byte;
          readOrRefuse(message);
        },
      ),
      { seed: SEED, numRuns: 5_000 },
    );
  });

  it('with more columns than bytes can hold are refused at once', () => {
    const relation = Buffer.from(RELATION);
    relation.writeUInt16BE(0xffff, RELATION.indexOf('files') + 'files\0d'.length);
    expect(readOrRefuse(relation)).toBe('refused');
    const insert = Buffer.from(INSERT);
    insert.writeUInt16BE(0xffff, 6);
    expect(readOrRefuse(insert, 0xffff)).toBe('refused');
  });

  it('with a value of negative length are refused, not read backwards', () => {
    const head = [Buffer.from('I'), numbers([4, OID]), Buffer.from('N'), numbers([2, 1])];
    const insert = Buffer.concat([...head, Buffer.from('t'), numbers([4, 0xffffffff])]);
    expect(readOrRefuse(insert, 1)).toBe('refused');
  });
});
