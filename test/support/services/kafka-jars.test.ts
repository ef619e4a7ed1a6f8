import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { kafkaJars } from './kafka-jars.ts';

let folder: string;
let cache: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kafka-jars-'));
  cache = path.join(folder, 'cache');
  vi.stubEnv('TIDEMARK_CACHE_DIR', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A Maven of our own: the real one is run by local-kafka.kafka.test.ts, on a machine that has no jars yet. */
function stubMaven(script: string): void {
  writeFileSync(path.join(folder, 'mvn'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
}

const FETCHES_ONE_JAR = `for word; do case $word in -DoutputDirectory=*) echo jar > "\${word#*=}/kafka.jar";; esac; done`;

const silent = (): void => undefined;

test('jars are fetched once and found by the next run', async () => {
  stubMaven(FETCHES_ONE_JAR);
  const jars = await kafkaJars(silent);
  expect(readdirSync(jars)).toEqual(['kafka.jar']);
  stubMaven('exit 1');
  expect(await kafkaJars(silent)).toBe(jars);
});

test('two runs that fetch at the same time share one folder and leave no other', async () => {
  stubMaven(FETCHES_ONE_JAR);
  const [first, second] = await Promise.all([kafkaJars(silent), kafkaJars(silent)]);
  expect(first).toBe(second);
  expect(readdirSync(cache)).toEqual([path.basename(first)]);
  expect(readdirSync(first)).toEqual(['kafka.jar']);
});

test('a Maven that fails leaves no jars behind, and its words are in the error', async () => {
  stubMaven(`${FETCHES_ONE_JAR}; echo Could not resolve kafka_2.13 >&2; exit 1`);
  await expect(kafkaJars(silent)).rejects.toMatchObject({
    name: 'ServiceMissing',
    message: expect.stringContaining('Could not resolve kafka_2.13') as string,
    remedy: expect.stringContaining('dependency:copy-dependencies') as string,
  });
  expect(readdirSync(cache)).toEqual([]);
});

test('a machine without Maven is told how to get it', async () => {
  vi.stubEnv('PATH', folder);
  await expect(kafkaJars(silent)).rejects.toMatchObject({
    name: 'ServiceMissing',
    remedy: 'apt-get install maven',
  });
});
