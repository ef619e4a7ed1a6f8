import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tidemark } from './command.ts';

const COMMANDS = [
  'init',
  'check',
  'run',
  'capture',
  'archive',
  'run-cycle',
  'status',
  'explain',
  'console',
  'events',
  'ls',
  'get',
  'extract',
  'verify',
  'index',
  'serve',
  'reconcile',
  'compare',
  'rejects',
  'replay',
  'adjust',
  'sync-archived',
  'cleanup',
  'advise',
];
const SECRET = 'hunter22-is+secret';

function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tidemark-cli-'));
}

/** A valid file that points at servers that are not there. */
function writeConfig(folder: string, extra = ''): string {
  const path = join(folder, 'tidemark.yaml');
  writeFileSync(
    path,
    `postgres:
  url: postgres://tidemark:\${PGPASSWORD}@127.0.0.1:1/app
kafka: { brokers: ["127.0.0.1:1"] }
sink: { url: "file://${folder}/archive" }
tables:
  - { name: public.files, payload: row }
${extra}`,
  );
  return path;
}

describe('help', () => {
  it('lists every command and nothing that is not there yet', async () => {
    const { status, out, err } = await tidemark(['--help']);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const listed = [...out.split('Commands:')[1]!.matchAll(/^ {2}([a-z-]+) .*? {2}/gm)].map(
      ([, name]) => name,
    );
    expect(listed.filter((name) => name !== 'help')).toEqual(COMMANDS);
  });

  it.each(COMMANDS)(
    'of %s goes to standard output, with an example and the options that all commands take',
    async (name) => {
      const { status, out, err } = await tidemark([name, '--help']);
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toMatch(/\$ tidemark /);
      expect(out).toContain('--config <file>');
      expect(out).toContain('--log-level <level>');
    },
  );

  it('is what a call without a command gets, as wrong usage', async () => {
    const { status, out, err } = await tidemark([]);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain('Usage: tidemark');
  });

  it('has the version of the package', async () => {
    expect(await tidemark(['--version'])).toEqual({ status: 0, out: '0.1.0\n', err: '' });
  });
});

describe('wrong usage', () => {
  it.each([
    [['chekc'], /ERR_USAGE: unknown command 'chekc' \(Did you mean check\?\)/],
    [['ls', '--form', 'x'], /ERR_USAGE: unknown option '--form' \(Did you mean --from\?\)/],
    [
      ['get', '1', '--created-at', '2026-11-23', '--from', '2026-11-22'],
      /ERR_USAGE: --created-at says the time, --from bounds a search for it/,
    ],
    [['get', '1', '--created-at', 'noon'], /ERR_USAGE: --created-at "noon" is no time/],
    [['ls', '--from', '2026-11-24', '--to', '2026-11-23'], /ERR_USAGE: --from 2026-11-24 is later than --to/],
    [['ls', '--sink', '/tmp'], /ERR_USAGE: --sink "\/tmp" is no URL.*\n.*--sink file:\/\/\/tmp/],
    [['run', '--port', '70000'], /ERR_USAGE: --port "70000" is not a number/],
    [['status', '--log-level', 'loud'], /ERR_USAGE: .*Allowed choices are debug/],
  ])('%j ends with status 2 and says what is wrong', async (args, expected) => {
    const { status, out, err } = await tidemark(args);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(expected);
    expect(err).toContain('what to do: ');
    expect(err).not.toContain('    at ');
  });
});

describe('the configuration file', () => {
  it('is named when it is missing, with status 2', async () => {
    const { status, out, err } = await tidemark(['status'], { cwd: emptyFolder() });
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toBe(
      'ERR_CONFIG_NOT_FOUND: there is no tidemark.yaml\n' +
        '  what to do: Give its path with --config, or write tidemark.yaml; docs/configuration.md begins with a small one.\n' +
        '  see docs/errors.md#err_config_not_found\n',
    );
  });

  it('has all its problems listed, with status 2', async () => {
    const path = writeConfig(emptyFolder(), 'serve: { prot: 1 }\nmarks: { interval: soon }');
    const { status, err } = await tidemark(['check', '--config', path], { env: { PGPASSWORD: SECRET } });
    expect(status).toBe(2);
    expect(err).toContain('has 2 problems\n');
    expect(err).toContain('  serve.prot (line 7): unknown key; did you mean port?\n');
    expect(err).toContain('  marks.interval (line 8): "soon" is not a duration such as 250ms');
  });
});

describe('reading an archive that is not there', () => {
  it.each(['ls', 'verify'])('is no success of %s: the path may be mistyped', async (name) => {
    const { status, out, err } = await tidemark([name, '--sink', `file://${emptyFolder()}/nowhere`]);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toContain('ERR_SINK_UNAVAILABLE: there is no folder');
  });

  it('lists nothing of an archive that is empty, and says so beside the result', async () => {
    const { status, out, err } = await tidemark(['ls', '--sink', `file://${emptyFolder()}`]);
    expect({ status, err }).toEqual({ status: 0, err: 'no shard there\n' });
    expect(out).toMatch(/^shard +window end/);
  });
});

describe('a shard that no manifest names', () => {
  it('is not found by extract and verify, which is not the same as damaged', async () => {
    const name = 'public.files/2026/11/23/20261123T060000Z-p0of2-0001.tar.zst';
    const sink = ['--sink', `file://${emptyFolder()}`];
    const to = `${emptyFolder()}/out`;
    const extract = await tidemark(['extract', ...sink, '-o', to, 'NO_SUCH_NAME']);
    expect(extract).toMatchObject({ status: 1, out: '' });
    expect(extract.err).toMatch(/^ERR_SHARD_NOT_FOUND: no manifest on the sink names NO_SUCH_NAME\n/);
    expect(existsSync(to)).toBe(false);
    const verify = await tidemark(['verify', ...sink, name]);
    expect(verify.status).toBe(1);
    expect(verify.out).toContain(`error: ${name}: no manifest on the sink names it\n`);
  });
});

describe('secrets', () => {
  it.each([
    ['check', /FAILED +postgres.reachable/],
    ['init', /ERR_KAFKA_UNREACHABLE/],
    ['status', /ERR_POSTGRES_UNREACHABLE/],
    ['ls', /ERR_SINK_UNAVAILABLE: there is no folder/],
  ])('appear in no output of %s, not even with --log-level debug', async (name, expected) => {
    const path = writeConfig(emptyFolder());
    const options = { env: { PGPASSWORD: SECRET } };
    const { out, err } = await tidemark([name, '--config', path, '--log-level', 'debug'], options);
    expect(out + err).toMatch(expected);
    expect(out + err).not.toContain('hunter22');
  });
});

describe('cleanup', () => {
  it('refuses to begin where nothing may be removed', async () => {
    const path = writeConfig(emptyFolder());
    const env = { PGPASSWORD: SECRET };
    const { status, out, err } = await tidemark(['cleanup', '--dry-run', '--config', path], { env });
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain('cleanup.roots is empty');
  });
});
