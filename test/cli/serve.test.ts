import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { ApiRig, filePath } from '../serve/read-api/api-rig.ts';
import { untilServed } from '../support/served-url.ts';
import { MAIN } from './command.ts';
import { runInProcess } from './run-in-process.ts';

const TOKEN = 'a-token-of-the-tests-0123456789';
const rig = new ApiRig();

afterAll(() => rig.close());

test('serve asks for tokens where other machines can reach it, and names a line that holds none', async () => {
  await rig.sealGolden();
  const sink = ['--sink', `file://${rig.archive}`, '--port', '0'];
  const unguarded = await runInProcess(['serve', ...sink, '--host', '0.0.0.0']);
  expect(unguarded).toMatchObject({ status: 2, out: '' });
  expect(unguarded.err).toContain('there is no --token-file');
  expect(unguarded.err).toContain('--allow-anonymous');
  const file = join(rig.folder, 'short');
  writeFileSync(file, 'hunter2');
  const short = await runInProcess(['serve', ...sink, '--token-file', file]);
  expect(short).toMatchObject({ status: 2, out: '' });
  expect(short.err).toContain('ERR_HTTP_TOKENS');
  expect(short.err).not.toContain('hunter2');
});

test('serve writes who asked for what and no secret, ends a running download at SIGTERM, and is done', async () => {
  const row = (await rig.sealGolden()).find(({ uid }) => uid === 'large')!;
  const file = join(rig.folder, 'tokens');
  writeFileSync(file, TOKEN);
  const args = ['serve', '--sink', `file://${rig.archive}`, '--port', '0', '--token-file', file];
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const { url, log } = await untilServed(child);
  const headers = { authorization: `Bearer ${TOKEN}` };
  const [answer] = (await once(get(`${url}${filePath(row)}`, { headers }), 'response')) as [IncomingMessage];
  child.kill('SIGTERM');
  await expect.poll(log).toContain('draining');
  let bytes = 0;
  for await (const chunk of answer) bytes += (chunk as Buffer).length;
  expect(bytes).toBe(row.sizeBytes);
  expect(await exit).toEqual([0, null]);
  expect(log()).toContain('"msg":"request answered"');
  expect(log()).toContain('"route":"/v1/files/{uid}","method":"GET","status":200');
  for (const secret of [TOKEN, 'large', 'created_at']) expect(log()).not.toContain(secret);
});
