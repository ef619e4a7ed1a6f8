import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/base/errors.ts';
import { loadConfig, parseConfig } from '../../src/config/load-config.ts';
import { S3_DEFAULTS } from '../../src/sinks/s3/s3-options.ts';

const SMALL = `
postgres: { url: postgres://user:pass@host:5432/db }
kafka: { brokers: [host:9092] }
sink: { url: file:///var/lib/tidemark }
tables:
  - name: public.files
    source: { roots: [/data] }
`;

const read = (text: string, env: Record<string, string> = {}) =>
  parseConfig({ text, path: 'tidemark.yaml', env });

/** The lines of the refusal, without its heading. */
function problemsOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    read(text, env);
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'ERR_CONFIG_INVALID')
      return error.detail.split('\n').slice(1);
    throw error;
  }
  return [];
}

const table = (lines: string) => SMALL.replace('    source: { roots: [/data] }', lines);

describe('a small file', () => {
  it('has every default filled in, with the unit in the name', () => {
    const config = read(SMALL);
    expect(config).toMatchObject({
      name: 'tidemark',
      postgres: { slot: 'tidemark', publication: 'tidemark' },
      marks: { intervalMs: 1_000, marginMicros: 10_000, holdbackMaxMs: 600_000 },
      serve: { host: '127.0.0.1', port: 9_464 },
    });
    expect(config.tables[0]).toMatchObject({
      id: 'public.files',
      ref: { schema: 'public', name: 'files', columns: { uid: 'uid', createdAt: 'created_at' } },
      window: { sizeMicros: 86_400_000_000 },
      lagMicros: 604_800_000_000,
      latenessMicros: 60_000_000,
      holdMicros: 604_740_000_000,
      shard: { bytesMax: 268_435_456, frameBytes: 524_288 },
      archiveConfigId: null,
    });
  });

  it('takes lateness down to lag when lag is shorter than a minute', () => {
    expect(read(table('    source: { roots: [/data] }\n    lag: 5s')).tables[0]).toMatchObject({
      latenessMicros: 5_000_000,
      holdMicros: 0,
    });
  });

  it('reads no file columns with payload row', () => {
    const columns = read(table('    payload: row')).tables[0]?.ref.columns;
    expect(columns).toEqual({ uid: 'uid', createdAt: 'created_at', fileLocation: null, sizeBytes: null });
  });

  it('takes a key of several columns', () => {
    const columns = read(table('    payload: row\n    columns: { uid: [shop, id] }')).tables[0]?.ref.columns;
    expect(columns?.uid).toEqual(['shop', 'id']);
  });

  it('derives slot and publication from a name with hyphens', () => {
    expect(read(`name: my-archive\n${SMALL}`).postgres).toMatchObject({
      slot: 'my_archive',
      publication: 'my_archive',
    });
  });

  it('splits brokers that one variable names together', () => {
    const text = SMALL.replace('[host:9092]', '["${BROKERS}"]');
    expect(read(text, { BROKERS: 'a:1,b:2' }).kafka.brokers).toEqual(['a:1', 'b:2']);
  });
});

describe('the environment', () => {
  it('is put in as it is, even when a secret looks like a reference', () => {
    const text = SMALL.replace(
      'postgres://user:pass@host:5432/db',
      '"postgres://user:${SECRET}@host:5432/db"',
    );
    expect(read(text, { SECRET: 'x$%7BHOME%7D' }).postgres.url).toBe(
      'postgres://user:x$%7BHOME%7D@host:5432/db',
    );
  });

  it('gives numbers to plain values and text to quoted ones', () => {
    expect(read(`${SMALL}serve:\n  port: \${PORT}`, { PORT: '9000' }).serve.port).toBe(9_000);
    expect(problemsOf(`${SMALL}serve:\n  port: "\${PORT}"`, { PORT: '9000' })).toEqual([
      'serve.port (line 9): a whole number was expected',
    ]);
  });

  it('falls back to the default when the variable is unset or empty', () => {
    const text = `name: \${NAME:-spare}\n${SMALL}`;
    expect(read(text).name).toBe('spare');
    expect(read(text, { NAME: '' }).name).toBe('spare');
    expect(read(text, { NAME: 'given' }).name).toBe('given');
  });

  it('is left alone after a doubled dollar', () => {
    const text = SMALL.replace('/data', () => '"/data/$${NAME}"');
    expect(read(text).tables[0]?.source.roots).toEqual(['/data/${NAME}']);
  });

  it('names a missing variable with its path and line, once', () => {
    const text = SMALL.replace('[/data]', '["${ROOT}"]');
    expect(problemsOf(text)).toEqual([
      'tables[0].source.roots[0] (line 7): the environment variable ROOT is not set (${ROOT:-default} gives it a default)',
    ]);
  });
});

describe('a wrong file', () => {
  it('has every problem listed at once, in the order of the file', () => {
    const text = `
postgres: { url: mysql://x, slot: Bad-Slot }
kafka: { brokers: [] }
sinc: { url: x }
tables:
  - name: files
    lag: 1m
    lateness: 2m
    window: { size: 7h, rowMax: 1 }
  - name: public.files
    payload: row
  - name: public.files
    payload: blob
    source: { roots: [data] }
log: { level: loud }
`;
    expect(problemsOf(text)).toEqual([
      'sink: is missing',
      'postgres.url (line 2): a URL such as postgres://user:password@host:5432/database was expected',
      'postgres.slot (line 2): lower-case letters, digits and _ were expected, at most 63',
      'kafka.brokers (line 3): at least one broker must be named',
      'sinc (line 4): unknown key; did you mean sink?',
      'tables[0].name (line 6): schema.table was expected, such as public.files',
      'tables[0].source.roots (line 6): payload file needs the folders that the files stand in',
      'tables[0].lateness (line 8): 2m is longer than lag (1m), of which it is a part',
      'tables[0].window.rowMax (line 9): unknown key; did you mean rowsMax?',
      'tables[0].window.size (line 9): 7h neither divides a day nor is a multiple of one',
      'tables[2].name (line 12): public.files stands in tables[1] already',
      'tables[2].payload (line 13): one of file, row was expected',
      'log.level (line 15): one of debug, info, warn, error, silent was expected',
    ]);
  });

  it.each([
    ['an empty file', '', 'postgres: is missing'],
    ['a list', '- a', 'a mapping was expected'],
    ['broken YAML', 'postgres: {', /Flow map/],
    ['the same key twice', 'name: a\nname: b', /\(line 2\): Map keys must be unique/],
  ])('%s is refused with its reason', (_what, text, expected) => {
    expect(problemsOf(text).join('\n')).toMatch(expected);
  });

  it.each([
    ['    source: { roots: [data] }', 'tables[0].source.roots[0] (line 7): an absolute path was expected'],
    ['    source: { roots: ["s3://Files/"] }', /roots\[0\] \(line 7\): s3:\/\/bucket\/prefix was expected/],
    ['    source: { roots: ["s3://a:b@files/"] }', /roots\[0\] .*credentials do not belong in the address/],
    [
      '    source: { roots: ["s3://files/a", /data, "s3://files/b?region=eu-west-1"] }',
      /roots\[2\] \(line 7\): the bucket files has another endpoint or region in a root before it/,
    ],
    [
      '    window: { size: 5 }\n    payload: row',
      'tables[0].window.size (line 7): a number with its unit was expected, as text',
    ],
    ['    window: { size: 0s }\n    payload: row', 'tables[0].window.size (line 7): must be at least 1ms'],
    [
      '    columns: { uid: [id] }\n    payload: row',
      /columns.uid \(line 7\): two columns or more were expected; one stands without a list/,
    ],
    [
      '    columns: { uid: 5 }\n    payload: row',
      /columns.uid \(line 7\): a column name was expected, or a list of two or more/,
    ],
    ['    partitions: 0\n    payload: row', /partitions \(line 7\): must be at least 1/],
    [
      '    createdAt: { timeZone: Mars/Base }\n    payload: row',
      /timeZone \(line 7\): a time zone of the IANA data base/,
    ],
    [
      '    colour: red\n    payload: row',
      /tables\[0\].colour \(line 7\): unknown key; known here: name, payload/,
    ],
  ])('%j is refused with its path and line', (lines, expected) => {
    const problems = problemsOf(table(lines));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });

  it('never shows a password, whatever is wrong with the URL', () => {
    const text = SMALL.replace('postgres://user:pass@', 'postgre://user:hunter22@');
    expect(problemsOf(text).join()).not.toContain('hunter22');
  });
});

describe('the file itself', () => {
  it('is read from its path', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'tidemark-config-')), 'tidemark.yaml');
    writeFileSync(path, SMALL);
    expect(loadConfig({ path, env: {} }).tables).toHaveLength(1);
  });

  it('is named when it is not there', () => {
    expect(() => loadConfig({ path: '/nowhere/tidemark.yaml', env: {} })).toThrow(
      'ERR_CONFIG_NOT_FOUND: there is no /nowhere/tidemark.yaml',
    );
  });
});

describe('a sink in a bucket', () => {
  const bucket = (sink: string) => SMALL.replace('sink: { url: file:///var/lib/tidemark }', `sink: ${sink}`);

  it('has its defaults, and its quantities in their units', () => {
    expect(read(bucket('{ url: "s3://archive/files?region=eu-central-1" }')).sink).toEqual({
      url: 's3://archive/files?region=eu-central-1',
      s3: {
        ...{ storageClass: null, encryption: null, kmsKey: null, bucketKey: false },
        ...{ partBytes: 8_388_608, requestsMax: 8, attemptsMax: 5 },
        ...{ requestTimeoutMs: 30_000, sweepAfterMs: 86_400_000 },
      },
    });
    expect(read(bucket('{ url: "s3://archive/files" }')).sink.s3).toEqual(S3_DEFAULTS);
  });

  it('is refused with what is wrong in its address, without quoting a secret', () => {
    expect(problemsOf(bucket('{ url: "s3://AKIA:hidden@archive/files" }'))).toEqual([
      'sink.url (line 4): credentials do not belong in the address; give them by the environment or a profile of AWS',
    ]);
    expect(problemsOf(bucket('{ url: "s3://archive/?endpont=http://x" }'))[0]).toContain(
      'known here: endpoint',
    );
  });

  it('is refused with a class that cannot be read at once, parts that are too small, a key without its encryption', () => {
    const s3 = '{ storageClass: DEEP_ARCHIVE, partBytes: 1MiB, kmsKey: k }';
    expect(problemsOf(bucket(`{ url: "s3://archive", s3: ${s3} }`))).toEqual([
      'sink.s3.storageClass (line 4): shards must be readable at once; move them later, by a rule of the bucket',
      'sink.s3.partBytes (line 4): must be at least 5MiB and at most 512MiB',
      'sink.s3.kmsKey (line 4): needs encryption: aws:kms',
    ]);
  });
});

describe('cleanup', () => {
  const cleanup = (lines: string) => problemsOf(`${SMALL}cleanup: ${lines}\n`).map((line) => line.trim());

  it('removes nothing unless it is told where', () => {
    expect(read(SMALL).cleanup).toEqual({
      ...{
        roots: [],
        afterMicros: 604_800_000_000,
        moveTo: null,
        moveObjectsTo: null,
        filesPerSecond: 1_000,
      },
    });
    const listed = read(`${SMALL}cleanup: { roots: [/data], action: move, moveTo: /old, after: 1h }\n`);
    expect(listed.cleanup).toMatchObject({ roots: ['/data'], moveTo: '/old', afterMicros: 3_600_000_000 });
  });

  it('takes only roots of the tables, and a folder to move to only where it makes sense', () => {
    expect(cleanup('{ roots: [/data, /dat] }')).toEqual([
      'cleanup.roots[1] (line 8): stands in no source.roots of any table',
    ]);
    const bucket = table('    source: { roots: ["s3://files/in"] }');
    const problems = (action: string) =>
      problemsOf(`${bucket}cleanup: { roots: ["s3://files/in"], action: ${action} }\n`).join();
    expect(problems('delete')).toBe('');
    expect(problems('move, moveTo: /old')).toMatch(
      /cleanup.moveObjectsTo .* is missing: action move needs it/,
    );
    const move = (to: string) => problems(`move, moveObjectsTo: "${to}"`);
    expect(move('s3://files/inner')).toBe('');
    expect(move('s3://files/in/old')).toMatch(/lies in s3:\/\/files\/in, which is cleaned up itself/);
    expect(move('s3://old/x?endpoint=http://other:1')).toMatch(/is in another store than s3:\/\/files\/in/);
    expect(move('/old')).toMatch(/s3:\/\/bucket\/prefix was expected/);
    expect(problems('delete, moveObjectsTo: "s3://old/x"')).toMatch(/needs action: move/);
    expect(cleanup('{ action: move }')).toEqual([
      'cleanup.moveTo (line 8): is missing: action move needs it',
    ]);
    expect(cleanup('{ moveTo: /old }')).toEqual(['cleanup.moveTo (line 8): needs action: move']);
    expect(cleanup('{ action: move, moveTo: old }')).toEqual([
      'cleanup.moveTo (line 8): an absolute path was expected',
    ]);
    expect(cleanup('{ roots: [/data], action: move, moveTo: /data/old }')).toEqual([
      'cleanup.moveTo (line 8): lies in /data, which is cleaned up itself',
    ]);
    expect(cleanup('{ roots: [/data], action: move, moveTo: /data2 }')).toEqual([]);
  });
});
