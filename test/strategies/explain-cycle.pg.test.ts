import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { explainConfig } from '../../src/cli/explain/explain-config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { parseMicros } from '../../src/model/micros.ts';
import { takeTableLock } from '../../src/watermark/table-lock.ts';
import { CycleRig } from '../support/cycle-rig.ts';

const NOW = '2024-11-05T12:00:00Z';

let rig: CycleRig;

beforeEach(async () => {
  rig = await CycleRig.create('watermark', { config: { kafka: undefined }, table: { lag: '1h' } });
  await rig.query(`INSERT INTO des_archive_config VALUES (1, '2024-11-01', 1)`);
});

afterEach(() => rig.installation.drop());

async function explain() {
  const config = loadConfig({ path: rig.installation.configPath, env: {} });
  return explainConfig(config, { now: () => parseMicros(NOW)! });
}

it('without Kafka the cause is that no cycle runs, then the cycle at work, then nothing', async () => {
  expect((await explain()).causes).toMatchObject([
    { code: 'cycle-due', table: 'public.files', detail: expect.stringContaining('2024-11-05') as string },
  ]);
  const other = new Client({ connectionString: rig.installation.databaseUrl, application_name: 'a cycle' });
  await other.connect();
  await takeTableLock(other, 'public.files', 'exclusive');
  expect((await explain()).causes).toMatchObject([
    { code: 'cycle-running', detail: expect.stringContaining('(a cycle) is at work') as string },
  ]);
  await other.end();
  await rig.run({ now: NOW });
  expect(await explain()).toMatchObject({
    causes: [],
    tables: [{ watermark: '2024-11-05T00:00:00.000000Z', dueInSeconds: 13 * 3_600 }],
  });
});

it('a table without its row is named with the command that makes it', async () => {
  await rig.query('DELETE FROM des_archive_config');
  expect((await explain()).causes).toMatchObject([{ code: 'row-missing', remedy: 'tidemark init --batch' }]);
});
