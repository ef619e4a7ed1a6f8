import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TYPE_OID } from '../../src/capture/column-json.ts';
import { RowEncoder } from '../../src/capture/row-encoder.ts';
import { parseMicros } from '../../src/model/micros.ts';
import { codeBlocks } from '../support/code-block.ts';
import { pythonTools } from '../support/python-tools.ts';
import type { TestRow } from '../sinks/support/seal-rows.ts';
import { createWorkspace } from '../sinks/support/workspace.ts';
import type { Workspace } from '../sinks/support/workspace.ts';

const PAGE = 'docs/reading.md';
const PACKAGES = ['zstandard==0.25.0', 'duckdb==1.4.2', 'ratarmountcore==0.11.1', 'indexed_zstd==1.7.2'];

const [NUMERIC, TEXT_ARRAY] = [1700, 1009];
/** `numeric(12,2)` */
const PRICE_TYPMOD = ((12 << 16) | 2) + 4;

const ORDERS = {
  ...{ schema: 'public', name: 'orders' },
  columns: { uid: 'uid', createdAt: 'created_at', fileLocation: null, sizeBytes: null },
};

/** As capture would write them. */
function orders(): TestRow[] {
  const encoder = new RowEncoder(
    ORDERS,
    [
      { name: 'uid', typeOid: TYPE_OID.int8, typmod: -1 },
      { name: 'created_at', typeOid: TYPE_OID.timestamptz, typmod: -1 },
      { name: 'price', typeOid: NUMERIC, typmod: PRICE_TYPMOD },
      { name: 'taken', typeOid: TYPE_OID.timestamp, typmod: -1 },
      { name: 'tags', typeOid: TEXT_ARRAY, typmod: -1 },
    ],
    {
      names: new Map([
        [TYPE_OID.int8, 'bigint'],
        [TYPE_OID.timestamptz, 'timestamp with time zone'],
        [NUMERIC, 'numeric'],
        [TYPE_OID.timestamp, 'timestamp without time zone'],
        [TEXT_ARRAY, 'text[]'],
      ]),
      notNull: new Set(['uid', 'created_at']),
    },
  );
  const values = [
    ['9007199254740993', '2026-11-23 05:10:00+00', '10.10', '2026-11-23 06:10:00', '{"a,b",NULL}'],
    ['9007199254740994', '2026-11-23 05:20:00.000001+00', '0.20', null, '{}'],
    ['9007199254740995', '2026-11-23 05:30:00+00', '9999999999.99', '1969-12-31 23:59:59.5', null],
  ] as const;
  return values.map((row) => {
    encoder.take(row);
    return {
      ...{ uid: row[0], createdAt: parseMicros(row[1])!, line: encoder.afterJson() },
      ...{ fileLocation: null, sizeBytes: null },
    };
  });
}

async function sealSamples(work: Workspace): Promise<void> {
  const files = [1, 2].map((number) => work.row(`f-${number}`, `content of file ${number}\n`));
  const lines = files.map(({ uid, sizeBytes }) =>
    JSON.stringify({
      ...{ uid, created_at: `2026-11-23T05:00:0${uid.slice(2)}Z`, size_bytes: sizeBytes },
      file_location: `/data/${uid}`,
    }),
  );
  await work.seal(files.map((file, at) => ({ ...file, line: lines[at]! })));
  await work.seal(orders(), { payload: 'row', name: { table: 'public.orders' } });
}

test('every block of docs/reading.md runs, and prints what stands there', async () => {
  const work = createWorkspace();
  await sealSamples(work);
  const env = { ...process.env, PATH: `${pythonTools('reading', PACKAGES)}:${process.env['PATH']}` };
  const blocks = codeBlocks(PAGE);
  for (const { language, text } of blocks) {
    const name = /^# (\w+\.py)\n/.exec(text)?.[1];
    if (language === 'python') writeFileSync(join(work.folder, name!), text);
  }
  const shown: { command: string; printed: string; expected: string | undefined }[] = [];
  for (const [at, { language, text }] of blocks.entries()) {
    if (language !== 'sh') continue;
    const options = { cwd: work.folder, env, encoding: 'utf8' as const };
    const done = spawnSync('bash', ['-euo', 'pipefail', '-c', text], options);
    expect(done.status, `${text}${done.stderr}`).toBe(0);
    const next = blocks[at + 1];
    const expected = next?.language === 'text' ? next.text : undefined;
    shown.push({ command: text, printed: done.stdout, expected });
  }
  expect(shown.map(({ command, printed }) => ({ command, printed }))).toEqual(
    shown.map(({ command, expected }) => ({ command, printed: expected })),
  );
  expect(shown).toHaveLength(7);
}, 180_000);
