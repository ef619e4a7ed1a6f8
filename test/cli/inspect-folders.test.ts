import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inspectSink } from '../../src/cli/inspect-folders.ts';
import { SmallDisk } from '../support/mounts.ts';

test('a sink on a disk that is read-only, full or frozen is named with the command that fits, and is one to wait for', async () => {
  const disk = SmallDisk.mount(mkdtempSync(join(tmpdir(), 'tidemark-disk-')));
  onTestFinished(() => disk.unmount());
  const mount = disk.folder;
  const url = `file://${mount}/not made yet`;

  disk.remount('ro');
  const readOnly = await inspectSink(url);
  expect(readOnly).toMatchObject({ name: 'sink.available', ok: false });
  expect(readOnly.remedy).toMatch(`sudo mount -o remount,rw ${mount} `);
  execFileSync('sh', ['-c', readOnly.remedy!.replace('sudo ', '')]);
  expect(await inspectSink(url)).toMatchObject({ name: 'sink.writable', ok: true });

  disk.fill({ freeBytes: 0 });
  const full = await inspectSink(url);
  expect(full).toMatchObject({ name: 'sink.available', ok: false });
  expect(full.detail).toContain('ENOSPC');
  expect(full.remedy).toMatch(`df -h ${mount};`);
  disk.makeRoom();
  expect(await inspectSink(url)).toMatchObject({ ok: true });

  disk.freeze();
  const frozen = await inspectSink(url);
  expect(frozen).toMatchObject({ name: 'sink.available', ok: false });
  expect(frozen.detail).toContain('has not answered for 10 s');
  disk.thaw();
  expect(await inspectSink(url)).toMatchObject({ ok: true });
});

test('a folder that may not be made is named with the command that makes it', async () => {
  const requirement = await inspectSink('file:///proc/no such folder');
  expect(requirement).toMatchObject({ name: 'sink.writable', ok: false });
  expect(requirement.remedy).toBe(`sudo install -d -o "$(id -un)" '/proc/no such folder'`);
});
