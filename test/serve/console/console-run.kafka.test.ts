import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogLines } from '../../cli/log-lines.ts';
import { ConsoleViewer } from '../../support/console-viewer.ts';
import type { EventFollower } from '../../support/event-follower.ts';
import { Installation } from '../../support/installation.ts';
import { startBrowser } from './browser.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';

/** One archive, one browser and one page for all; each test leaves the archive running. */
let installation: Installation;
let follower: EventFollower;
let browser: Browser;
let page: Page;
let running: ReturnType<Installation['start']>;
let log: LogLines;
let folder: string;
let url: string;
const errors: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-console-'));
  const consoleTokenFile = join(folder, 'tokens');
  await writeFile(consoleTokenFile, `${TOKEN}\n`);
  [installation, browser] = await Promise.all([
    Installation.create({ config: { serve: { port: 0, consoleTokenFile } } }),
    startBrowser(),
  ]);
  await installation.succeed(['init', '--from', 'now']);
  follower = await installation.follow();
  running = installation.start(['run']);
  log = new LogLines(running);
  url = await consoleUrl(log);
  page = await browser.newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
});

afterAll(async () => {
  await browser.close();
  await follower.close();
  await installation.drop();
  await rm(folder, { recursive: true });
});

async function consoleUrl(lines: LogLines): Promise<string> {
  return new URL(String((await lines.until(({ msg }) => msg === 'the console is served'))['url'])).origin;
}

const watermarkShown = () => page.locator('.facts dd').filter({ hasText: 'UTC' }).first().textContent();

/** Presses a button of the table, reads what the dialog says, confirms, and waits for what came of it. */
async function act(name: string): Promise<{ asked: string; outcome: string }> {
  await page.getByRole('button', { name, exact: true }).click();
  const dialog = page.getByRole('dialog');
  const asked = (await dialog.locator('#dialog-body').textContent()) ?? '';
  await dialog.locator('#dialog-ok').click();
  await dialog.getByRole('button', { name: 'Close' }).waitFor();
  const outcome = (await dialog.getByRole('status').textContent()) ?? '';
  await dialog.getByRole('button', { name: 'Close' }).click();
  return { asked, outcome };
}

describe('the console of a running archive', () => {
  it('moves: watermark and shards, as they are committed', async () => {
    await page.getByText('Reading').or(page.locator('.verdict.good')).first().waitFor();
    await installation.insertFiles(20);
    await follower.untilWatermark(await installation.serverTime());
    const [shard] = follower.ofType('tidemark.shard.created.v1');
    await page.getByRole('cell', { name: (shard!.data['shard'] as { name: string }).name }).waitFor();
    const before = await watermarkShown();
    await expect.poll(watermarkShown, { timeout: 20_000 }).not.toBe(before);
    await page.locator('.verdict.good').waitFor();
    await expect.poll(() => page.locator('.windows .sealed').count(), { timeout: 20_000 }).toBeGreaterThan(0);
    expect(errors).toEqual([]);
  });

  it('pauses a table and lets it go on, and explain names the pause from outside', async () => {
    await page.getByRole('button', { name: 'Enter token' }).click();
    await page.getByLabel('Token', { exact: true }).fill(TOKEN);
    await page.getByRole('button', { name: 'Use it' }).click();
    const { asked } = await act('Pause');
    expect(asked).toContain('takes no more rows of public.files');
    await page.getByText('Paused by somebody').or(page.locator('.verdict.bad')).first().waitFor();
    const [uid] = await installation.insertFiles(1);
    await follower.until((events) => events.some(({ data }) => data['code'] === 'ERR_TABLE_PAUSED'));
    const { stdout } = await installation.run(['explain', '--json']);
    expect(stdout).toContain('ERR_TABLE_PAUSED: public.files is paused at the console');
    expect((await act('Go on')).outcome).toBe('public.files goes on');
    await follower.untilWatermark(await installation.serverTime());
    const got = await installation.succeed(['get', uid!, '--sink', `file://${installation.sinkFolder}`]);
    expect(got).not.toBe('');
  });

  it('retries what was rejected, and replays a window, as the commands do', async () => {
    await installation.database.query(
      `INSERT INTO files (uid, file_location) VALUES ('late-file', '${installation.sourceFolder}/late-file')`,
    );
    await page.getByRole('cell', { name: 'late-file', exact: true }).waitFor();
    await writeFile(join(installation.sourceFolder, 'late-file'), 'here now');
    const retried = await act('Retry rejects');
    expect(retried.asked).toContain('tidemark rejects --retry');
    expect(retried.outcome).toMatch(/^1 sent again, 0 archived already/);
    await follower.until((events) => events.some(({ data }) => data['kind'] === 'late'));
    const shards = follower.ofType('tidemark.shard.created.v1');
    const { end } = shards.at(-1)!.data['window'] as { end: string };
    await page.getByRole('button', { name: 'Replay a window' }).click();
    await page.getByLabel('A time within the window').fill(end);
    await page.locator('#dialog-ok').click();
    await page.locator('#dialog-outcome').getByText('same').first().waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    const acted = await log.until(
      ({ msg, action }) => msg === 'somebody acted at the console' && action === 'replay',
    );
    expect(acted).toMatchObject({ table: 'public.files', isDone: true });
    expect(errors).toEqual([]);
  });

  it('is shown by tidemark console too, with what can be seen from outside; both end while a page looks', async () => {
    const outside = installation.start(['console', '--port', '0']);
    const ended = once(outside, 'exit');
    const viewer = await ConsoleViewer.open(await consoleUrl(new LogLines(outside)));
    const { parts, tables, actions } = await viewer.until(
      ({ causes, tables: shown }) => causes !== null && shown['public.files']!.lastShards.length > 0,
    );
    expect(parts).toEqual([]);
    expect(actions).toEqual({ retry: false, replay: false, pause: false });
    expect(tables['public.files']).toMatchObject({ open: null, watermark: expect.any(String) as string });
    outside.kill('SIGTERM');
    expect(await ended, installation.logOf(outside)).toEqual([0, null]);
    const stopped = once(running, 'exit');
    running.kill('SIGTERM');
    expect(await stopped, installation.logOf(running)).toEqual([0, null]);
    await page.locator('.verdict.bad').waitFor();
    expect(await page.locator('#verdict-text').textContent()).toMatch(/^No connection for/);
  });
});
