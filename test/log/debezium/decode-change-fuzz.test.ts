import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../../src/base/errors.ts';
import { decodeBeat, decodeChange } from '../../../src/log/debezium/decode-change.ts';
import type { SourceMessage } from '../../../src/log/debezium/decode-change.ts';
import { recordEncoder } from '../../../src/log/encode-record.ts';
import { runs } from '../../support/fuzz-runs.ts';
import { mutated } from '../../support/mutated.ts';

const PLACE = { topic: 'app.public.files', partition: 0 };
const decode = decodeChange({
  table: 'public.files',
  columns: { uid: 'uid', createdAt: 'created_at', fileLocation: 'file_location', sizeBytes: 'size_bytes' },
  createdAtZone: null,
});

const records = fc.constantFrom(
  ...['debezium-create', 'debezium-snapshot-with-schema'].map((name) =>
    readFileSync(new URL(`../../golden/${name}.json`, import.meta.url)),
  ),
  Buffer.from('{"ts_ms":1795695364249}'),
);

/** What a reading comes to; anything but our own error passes through. */
function outcome<T>(read: (message: SourceMessage) => T, value: Buffer): T | undefined {
  try {
    return read({ value, offset: '1' });
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'ERR_DEBEZIUM_RECORD') return undefined;
    throw error;
  }
}

describe('records of a connector (fuzz)', () => {
  it('give a row that our log can hold, or our own error, whatever was changed in them', () => {
    fc.assert(
      fc.property(mutated(records), (value) => {
        const change = outcome((message) => decode(message, PLACE), value);
        if (change?.kind !== 'row') return;
        const written = JSON.parse(recordEncoder()(change.row)) as { after: unknown };
        expect(written.after).toBeTypeOf('object');
        expect(Number.isSafeInteger(change.row.committedAt)).toBe(true);
        expect(() => JSON.parse(change.row.keyJson) as unknown).not.toThrow();
      }),
      runs(2_000),
    );
  });

  it('say a time that can be held, or nothing, where they are heartbeats', () => {
    fc.assert(
      fc.property(mutated(records), (value) => {
        const note = outcome((message) => decodeBeat(message, PLACE), value) ?? null;
        if (note !== null) expect(Number.isSafeInteger(note.sentAt)).toBe(true);
      }),
      runs(2_000),
    );
  });
});
