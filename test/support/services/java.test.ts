import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { javaCommand } from './java.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'java-'));
  vi.stubEnv('JAVA_HOME', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

/** Prints its version as `java -version` does. */
function stubJava(version: string): void {
  mkdirSync(path.join(home, 'bin'));
  writeFileSync(path.join(home, 'bin/java'), `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`, {
    mode: 0o755,
  });
}

test.each(['17', '17.0.15', '21.0.2', '26-ea'])(
  'Java %s is used, from JAVA_HOME when it is set',
  async (version) => {
    stubJava(version);
    expect(await javaCommand()).toBe(path.join(home, 'bin/java'));
  },
);

test.each(['1.8.0_402', '11.0.22'])('Java %s is too old for a Kafka 4 broker', async (version) => {
  stubJava(version);
  await expect(javaCommand()).rejects.toMatchObject({
    name: 'ServiceMissing',
    message: expect.stringContaining(version) as string,
    remedy: expect.stringContaining('apt-get install default-jre') as string,
  });
});

test('a machine without Java is told how to get it', async () => {
  await expect(javaCommand()).rejects.toMatchObject({
    name: 'ServiceMissing',
    remedy: expect.stringContaining('apt-get install default-jre') as string,
  });
});
