import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { openSink } from '../../src/sinks/open-sink.ts';
import { describeSinkContract } from './sink-contract.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tidemark-disk-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describeSinkContract('disk', () => {
  const url = `file://${join(folder(), 'not made yet')}`;
  return Promise.resolve({ sink: openSink(url), reopen: () => openSink(url) });
});

test('the disk sink sweeps what a dead process of this machine left, and old files of other machines', async () => {
  const path = folder();
  const script = `
    const { openSink } = await import('./src/sinks/open-sink.ts');
    const file = await openSink('file://${path}').createFile('t/a');
    await file.write(Buffer.from('half'));
    process.kill(process.pid, 'SIGKILL');`;
  spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: join(import.meta.dirname, '../..'),
  });
  const temporary = join(path, '.tidemark-tmp');
  expect(readdirSync(temporary)).toHaveLength(1);
  writeFileSync(join(temporary, `not-${hostname()}.1~1~1~aa`), 'young');
  writeFileSync(join(temporary, `not-${hostname()}.1~1~1~bb`), 'old');
  utimesSync(join(temporary, `not-${hostname()}.1~1~1~bb`), 1, 1);
  expect(await openSink(`file://${path}`).sweep()).toBe(2);
  expect(readdirSync(temporary)).toEqual([`not-${hostname()}.1~1~1~aa`]);
});

test('the disk sink says that it cannot be written when a file stands in its place', async () => {
  const path = folder();
  writeFileSync(join(path, 'file'), '');
  mkdirSync(join(path, 'other'));
  const failure = { code: 'ERR_SINK_UNAVAILABLE', retryable: true };
  await expect(openSink(`file://${path}/file`).check()).rejects.toMatchObject(failure);
  await openSink(`file://${path}/other`).check();
});

test('an address that is neither folder nor bucket is a mistake of the configuration', () => {
  for (const url of [
    's3://key:secret@bucket',
    's3://bucket/?endpont=http://x',
    'file://relative',
    '/var/lib/x',
    'ftp://host/x',
  ])
    expect(() => openSink(url), url).toThrow(/ERR_CONFIG_INVALID/);
});
