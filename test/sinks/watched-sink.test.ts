import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { openSink } from '../../src/sinks/open-sink.ts';
import { watchSink } from '../../src/sinks/watched-sink.ts';

let [folder, stored, failed]: [string, string[], string[]] = ['', [], []];

beforeEach(() => {
  [folder, stored, failed] = [mkdtempSync(join(tmpdir(), 'tidemark-watched-')), [], []];
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function watched(path: string) {
  const events = new Events();
  events.on('sink:stored', ({ name }) => stored.push(name));
  events.on('sink:failed', ({ operation, name }) => failed.push(`${operation} ${name}`));
  return watchSink(openSink(`file://${path}`), events);
}

describe('a watched sink', () => {
  it('tells what became durable, once a file, and of no conflict that it failed', async () => {
    const sink = watched(folder);
    const file = await sink.createFile('shard');
    await file.write(Buffer.from('packed'));
    await file.finish();
    await sink.putObject('manifest', Buffer.from('{}'));
    await expect(sink.putObject('manifest', Buffer.from('[]'))).rejects.toMatchObject({
      code: 'ERR_SHARD_CONFLICT',
    });
    await expect(sink.readRange('nothing', { offset: 0, length: 1 })).rejects.toMatchObject({
      code: 'ERR_SHARD_CORRUPT',
    });
    expect({ stored, failed }).toEqual({ stored: ['shard', 'manifest'], failed: [] });
  });

  it('tells what it refused, reads and writes apart', async () => {
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'folder'));
    const sink = watched(folder);
    await expect(sink.putObject('file/manifest', Buffer.from('{}'))).rejects.toThrow();
    await expect(sink.readRange('folder', { offset: 0, length: 1 })).rejects.toThrow();
    expect({ stored, failed }).toEqual({ stored: [], failed: ['write file/manifest', 'read folder'] });
  });
});
