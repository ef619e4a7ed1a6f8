import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Events } from '../../../src/base/event-map.ts';
import { parseMicros } from '../../../src/model/micros.ts';
import { TokenFile } from '../../../src/serve/read-api/token-file.ts';
import { goldenRows } from '../../golden/golden-seal.ts';
import { eitherForm } from '../../support/long-form.ts';
import { pythonTools } from '../../support/python-tools.ts';
import { SEED } from '../../support/seed.ts';
import { ApiRig } from './api-rig.ts';

/** Reads the OpenAPI description and sends what it allows, and what it does not, by rules and at random. */
const PACKAGES = ['schemathesis==4.32.5'];
const CONFIG = join(import.meta.dirname, 'schemathesis.toml');
const TOKEN = 'a-token-of-the-tests-0123456789';
const examples = eitherForm({ short: 4, long: 500 });

const rig = new ApiRig();

afterAll(() => rig.close());

/** With a folder of its own: it keeps a database of what it has found. */
async function schemathesis(
  url: string,
  args: readonly string[],
): Promise<{ status: number; output: string }> {
  const program = join(pythonTools('schemathesis', PACKAGES), 'schemathesis');
  const child = spawn(program, ['--config-file', CONFIG, 'run', url, ...args], { cwd: rig.folder });
  onTestFinished(() => void child.kill());
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
  });
  return { status, output };
}

// `npm run test:http` looks for longer.
test(
  'schemathesis finds no answer that the description does not have',
  async () => {
    const row = {
      ...goldenRows(rig.root)[0]!,
      uid: '42',
      createdAt: parseMicros('2026-11-23T05:37:17.123456Z')!,
    };
    await rig.seal([row]);
    writeFileSync(join(rig.folder, 'tokens'), TOKEN);
    const events = new Events();
    const tokens = await TokenFile.open({ path: join(rig.folder, 'tokens'), events });
    const { api, answered, failures } = await rig.serve({ tokens, events });
    const { status, output } = await schemathesis(`${api.url}/v1/openapi.json`, [
      ...['--header', `Authorization: Bearer ${TOKEN}`, '--no-color'],
      ...['--seed', String(SEED), '--max-examples', String(examples)],
    ]);
    expect(status, output).toBe(0);
    expect(output).toMatch(/(\d{3,}) generated, \1 passed/);
    // It did get to what is served: the examples of the description are a row of this archive.
    const statuses = new Set(
      answered.filter(({ route }) => route === '/v1/files/{uid}').map((one) => one.status),
    );
    expect([...statuses].sort()).toEqual(expect.arrayContaining([200, 206, 400, 401, 404]));
    expect(failures).toEqual([]);
  },
  eitherForm({ short: 300_000, long: 3_600_000 }),
);
