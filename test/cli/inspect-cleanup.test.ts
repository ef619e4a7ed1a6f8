import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { inspectCleanup } from '../../src/cli/cleanup/inspect-cleanup.ts';
import { topicPlans } from '../../src/cli/topic-plans.ts';
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load-config.ts';

function configWith(folder: string, cleanup: string): Config {
  const text = `
postgres: { url: postgres://user@host/db }
kafka: { brokers: [host:9092] }
sink: { url: "file://${folder}/archive" }
tables:
  - { name: public.files, source: { roots: ["${folder}/a", "${folder}/b"] } }
cleanup: ${cleanup}`;
  return parseConfig({ text, path: 'tidemark.yaml', env: {} });
}

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-check-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'a'));
  mkdirSync(join(folder, 'archive'));
  return folder;
}

it('each thing that the clean-up needs is tried, and named when it is missing', async () => {
  const folder = createFolder();
  writeFileSync(join(folder, 'file'), '');
  const moveTo = `action: move, moveTo: "${folder}/file/below"`;
  const config = configWith(folder, `{ roots: ["${folder}/a", "${folder}/b"], ${moveTo} }`);
  const found = await inspectCleanup(config);
  expect(found.map(({ name, ok }) => [name.replace(folder, ''), ok])).toEqual([
    ['cleanup.roots', true],
    ['cleanup.proc', true],
    ['sink.readable', true],
    ['cleanup.root./a', true],
    ['cleanup.root./b', false],
    ['cleanup.moveTo', false],
  ]);
  const details = found.filter(({ ok }) => !ok).map(({ detail }) => detail);
  expect(details).toEqual(['does not exist', 'cannot be written (ENOTDIR)']);
  expect(readdirSync(join(folder, 'a'))).toEqual([]);
});

it('without roots nothing may be removed, and the events are kept no longer for it', async () => {
  const folder = createFolder();
  const none = configWith(folder, '{ after: 90d }');
  expect((await inspectCleanup(none))[0]).toMatchObject({ name: 'cleanup.roots', ok: false });
  const some = configWith(folder, `{ after: 90d, roots: ["${folder}/a"] }`);
  const days = (config: Config): number =>
    topicPlans(config).find(({ topic }) => topic.endsWith('.shards'))!.retentionMs / 86_400_000;
  expect([days(none), days(some)]).toEqual([30, 97]);
});
