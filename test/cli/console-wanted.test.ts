import { expect, it } from 'vitest';
import { wantsConsole } from '../../src/cli/console/open-console.ts';
import type { Config } from '../../src/config/config.ts';
import { runInProcess } from './run-in-process.ts';

function wanted(
  host: string,
  console: boolean | null,
  parts: Parameters<typeof wantsConsole>[1] = ['archive'],
) {
  const serve = { host, port: 0, console, consoleHosts: [], consoleTokenFile: null };
  return wantsConsole({ serve } as unknown as Config, parts);
}

it('is served where only this machine reaches it, and elsewhere when the configuration says so', () => {
  for (const host of ['127.0.0.1', '::1', 'localhost']) expect(wanted(host, null), host).toBe(true);
  for (const host of ['0.0.0.0', '::', '10.1.2.3', 'tidemark.example'])
    expect(wanted(host, null), host).toBe(false);
  expect(wanted('0.0.0.0', true)).toBe(true);
  expect(wanted('127.0.0.1', false)).toBe(false);
  expect(wanted('127.0.0.1', null, ['capture'])).toBe(false);
  expect(wanted('127.0.0.1', null, ['capture', 'archive'])).toBe(true);
});

it('listens on no address that others reach unless anybody may look', async () => {
  const { status, err } = await runInProcess(['console', '--host', '0.0.0.0']);
  expect(status).toBe(2);
  expect(err).toContain('can be reached from other machines');
  expect(err).toContain('--allow-anonymous');
});
