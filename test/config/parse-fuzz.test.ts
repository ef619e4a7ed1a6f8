import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { TidemarkError } from '../../src/base/errors.ts';
import type { Config } from '../../src/config/config.ts';
import { interpolate } from '../../src/config/interpolate.ts';
import { loadConfig, parseConfig } from '../../src/config/load-config.ts';
import { runs } from '../support/fuzz-runs.ts';
import { mutatedText } from '../support/mutated.ts';

const GOOD = `
name: files-1
postgres: { url: "postgres://user:\${PASSWORD:-pass}@host:5432/db", slot: slot_1 }
kafka:
  brokers: [host:9092, other:9092]
  retentionMargin: 2d
sink: { url: file:///var/lib/tidemark }
tables:
  - name: public.files
    columns: { uid: id, sizeBytes: null }
    createdAt: { timeZone: Europe/Warsaw }
    window: &window { size: 1h, rowsMax: 1000 }
    lag: 5m
    lateness: \${LATENESS:-1m}
    source:
      roots:
        - /data
    shard: { bytesMax: 64MiB, level: 5 }
  - name: public.rows
    payload: row
    window: *window
    partitions: 8
serve:
  port: \${PORT}
log: { level: debug }
`;
const ENV = { PORT: '9464' };

function parse(text: string): Config {
  return parseConfig({ text, path: 'tidemark.yaml', env: ENV });
}

/** @returns why it was refused; undefined when it was read. */
function refusalOf(text: string): string | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'ERR_CONFIG_INVALID') return error.detail;
    throw error;
  }
}

const keys = fc.constantFrom(
  ...[
    'name',
    'postgres',
    'kafka',
    'sink',
    'tables',
    'marks',
    'url',
    'brokers',
    'window',
    'size',
    'lag',
    'roots',
  ],
  ...['__proto__', 'constructor', 'toString', '<<', '', 'null', '~', '[x]'],
);
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      fc.constantFrom(
        '1m',
        '-1',
        '0',
        '1e99d',
        '',
        '${PORT}',
        '${',
        '$${',
        '${UNSET}',
        '${A:-',
        '!!binary x',
      ),
      fc.jsonValue({ maxDepth: 1 }),
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .array(fc.tuple(keys, tie('value')), { maxLength: 5 })
      .map((pairs) => Object.fromEntries(pairs) as object),
  ),
})).value;

describe('a configuration file', () => {
  it('that is good is read', () => {
    expect(parse(GOOD).tables.map(({ id }) => id)).toEqual(['public.files', 'public.rows']);
    expect(parse(GOOD).tables[1]!.window.sizeMicros).toBe(3_600_000_000);
  });

  it('with some characters changed is read or refused with every problem', () => {
    fc.assert(
      fc.property(mutatedText(fc.constant(GOOD)), (text) => {
        refusalOf(text);
      }),
      runs(300),
    );
  });

  it('of any YAML is read or refused', () => {
    fc.assert(
      fc.property(values, fc.boolean(), (value, json) => {
        refusalOf(json ? JSON.stringify(value) : stringify(value));
      }),
      runs(300),
    );
  });

  it.each([
    ['brackets', '['.repeat(60_000)],
    ['closed brackets', '['.repeat(30_000) + ']'.repeat(30_000)],
    ['braces', '{a: '.repeat(30_000)],
    ['lists in lists', `${'- '.repeat(60_000)}a`],
    ['lists with tags', `${'- !a '.repeat(20_000)}a`],
    ['lists behind a block', `a: |\n b\n${'- '.repeat(60_000)}a`],
    ['lists behind an open bracket', `a: [b\nc: ${'- '.repeat(60_000)}a`],
    ['keys of keys', `${'? '.repeat(60_000)}a`],
    ['lists behind a key', `a: ${'- '.repeat(60_000)}a`],
    ['indentation', Array.from({ length: 450 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('that is nested deeply in %s is refused with the line', (_, text) => {
    expect(refusalOf(text)).toMatch(/\(?line \d+\)?: it is nested too deeply/);
  });

  it.each([
    ['an alias that names nothing', 'a: *b'],
    ['an alias inside of what it names', 'a: &a [*a]'],
    ['a chain of aliases', `a0: &a0 [x]\n${chain(5_000, (i) => `[*a${i - 1}]`)}`],
    [
      'aliases of aliases',
      `a0: &a0 [x]\n${chain(9, (i) => `[${new Array(9).fill(`*a${i - 1}`).join(',')}]`)}`,
    ],
    ['equal keys', 'a: 1\nb: 2\na: 3'],
    ['ten thousand keys', Array.from({ length: 10_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['syntax errors by the thousand', ': : :\n'.repeat(5_000)],
    ['several documents', 'a: 1\n---\nb: 2'],
  ])('with %s is refused', (_, text) => {
    expect(refusalOf(text)).toBeDefined();
  });

  it('is not read to the end of a device, and from a pipe it is', () => {
    expect(() => loadConfig({ path: '/dev/zero', env: ENV })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }),
    );
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-config-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'tidemark.yaml'), GOOD);
    const script = `
      import { loadConfig } from './src/config/load-config.ts';
      console.log(loadConfig({ path: '/dev/stdin', env: { PORT: '1' } }).name);`;
    const piped = `cat ${folder}/tidemark.yaml | ${process.execPath} --import tsx --input-type=module -e "$SCRIPT"`;
    const env = { ...process.env, SCRIPT: script };
    expect(execFileSync('sh', ['-c', piped], { env, encoding: 'utf8' })).toBe('files-1\n');
  });
});

function chain(length: number, value: (i: number) => string): string {
  return Array.from({ length }, (_, i) => `a${i + 1}: &a${i + 1} ${value(i + 1)}`).join('\n');
}

describe('variables in a text', () => {
  it('leave everything else as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', ':', '-', 'A', '_', '1') }), (text) => {
        const { text: result, missing } = interpolate(text, { A: 'value' });
        expect(missing).not.toContain('A');
        if (!text.includes('${')) expect(result).toBe(text);
      }),
      runs(500),
    );
  });

  it('that never end are not looked for again and again', () => {
    const text = '${A:-'.repeat(200_000);
    expect(interpolate(text, {}).text).toBe(text);
    expect(interpolate(`\${A:-x}${text}$\${`, {}).text).toBe(`x${text}\${`);
  });
});
