import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CAUSE_CODES } from '../../../src/cli/explain/explanation.ts';
import type { Cause } from '../../../src/cli/explain/explanation.ts';
import { micros } from '../../../src/model/micros.ts';
import { startBrowser } from './browser.ts';
import { busy, failing } from './scenes.ts';
import { at, ConsoleRig, nothingWrong, statusAt, TABLE } from './console-rig.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LOOKS: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
};

let browser: Browser;
const rigs: ConsoleRig[] = [];
const errors: string[] = [];

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
  expect(errors.splice(0)).toEqual([]);
});

async function serve(prepare: (rig: ConsoleRig) => void = () => undefined): Promise<ConsoleRig> {
  const rig = new ConsoleRig();
  prepare(rig);
  rigs.push(rig);
  return rig.listen();
}

async function open(rig: ConsoleRig, look: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext(look)).newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // A connection that a test takes away is told of by the browser itself.
    if (message.type() === 'error' && !message.text().includes('net::ERR')) errors.push(message.text());
  });
  await page.goto(rig.url);
  return page;
}

/** Of the table. */
const facts = (page: Page) => page.locator('.facts').nth(1);
const verdict = (page: Page) => page.locator('#verdict-text');

/** What axe finds; its script comes in by the debugger's door, which no policy of the page closes. */
async function violations(page: Page, within: string): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
    `axe.run('${within}').then(({ violations }) => violations)`,
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe('the page', () => {
  it('has nothing that axe finds, in light, dark and on a phone, busy and failing', async () => {
    const rig = await serve(busy);
    const found: Record<string, string[]> = {};
    for (const [name, look] of Object.entries(LOOKS)) {
      rig.status = () => Promise.resolve(statusAt(rig.now));
      rig.explanation = () => Promise.resolve(nothingWrong(rig.now));
      const page = await open(rig, look);
      await page.locator('.verdict.good').waitFor();
      found[`${name}, verdict`] = await violations(page, '#verdict');
      for (const details of await page.locator('summary').all()) await details.click();
      failing(rig);
      await page.locator('.verdict.bad').waitFor();
      found[name] = await violations(page, 'html');
      const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      expect(isWide, `${name} is wider than the screen`).toBe(false);
    }
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])));
  });

  it('is right with no window and with ten thousand: a bounded number is drawn, the rest is counted', async () => {
    const rig = await serve();
    const nothing = { watermark: null, archivedUntil: null, rows: null, partitions: [] };
    rig.status = () => Promise.resolve({ ...statusAt(rig.now, nothing), slot: null });
    const page = await open(rig);
    await page.getByText('No window yet.').waitFor();
    await expect.poll(() => facts(page).textContent()).toContain('Watermarknone yet');
    expect(await page.locator('.axis').isVisible()).toBe(false);
    rig.status = () => Promise.resolve(statusAt(rig.now, { watermark: at(330 + 10_000 * 60) }));
    await page.getByText('and 9,982 more windows until now').waitFor();
    expect(await page.locator('.windows li').count()).toBe(24);
    expect(await page.locator('.windows .overdue').count()).toBe(24);
  });

  it('names what stands in the way with what to do, and shows what comes from elsewhere as text', async () => {
    const rig = await serve(failing);
    const page = await open(rig);
    await expect.poll(() => verdict(page).textContent()).toBe('The watermark is held: partition-failing');
    const causes = await page.locator('#causes').textContent();
    expect(causes).toContain('ERR_SINK_UNAVAILABLE: no space left on device');
    expect(causes).toContain('Make room, mend the mount');
    await page.getByRole('cell', { name: '<b>42</b>' }).waitFor();
    expect(await page.title()).toBe('✗ tidemark');
    expect(await page.locator('#announcer').textContent()).toBe('The watermark is held: partition-failing');
    const all: Cause[] = CAUSE_CODES.map((code) => ({
      code,
      ...{ table: null, partition: null, holds: false },
      ...{ detail: `what ${code} found`, remedy: 'r' },
    }));
    rig.explanation = () => Promise.resolve({ ...nothingWrong(rig.now), causes: all });
    await page.getByText(`and ${CAUSE_CODES.length - 20} more`).waitFor();
    expect(await page.locator('.causes li').count()).toBe(20);
  });

  it('says at once that the connection is away, keeps what it knew and its time, and comes back by itself', async () => {
    const rig = await serve();
    const page = await open(rig);
    await page.locator('.verdict.good').waitFor();
    await page.context().setOffline(true);
    rig.service.close();
    await expect
      .poll(() => verdict(page).textContent())
      .toMatch(/^No connection for \d s: this is how it was at 2026-11-23 06:00:/);
    expect(await page.locator('body.old').count()).toBe(1);
    expect(await facts(page).textContent()).toContain('05:55:00');
    await page.context().setOffline(false);
    await page.locator('.verdict.good').waitFor();
    expect(await page.locator('body.old').count()).toBe(0);
  });

  it('says that the data are old when a server does not answer, though the connection is there', async () => {
    const rig = await serve();
    const page = await open(rig);
    await page.locator('.verdict.good').waitFor();
    rig.status = () => Promise.reject(new Error('the brokers do not answer'));
    rig.now = micros(rig.now + 40_000_000);
    await expect
      .poll(() => verdict(page).textContent())
      .toBe('What status says is 40 s old: the brokers do not answer');
    expect(await page.locator('.verdict.bad').count()).toBe(1);
  });

  it('follows the system’s colours and a switch that outlives the page, and moves nothing for who wants no motion', async () => {
    const rig = await serve();
    const page = await open(rig, { colorScheme: 'dark', reducedMotion: 'reduce' });
    const theme = () => page.evaluate("document.documentElement.dataset['theme']");
    await expect.poll(theme).toBe('dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(theme).toBe('light');
    for (let presses = 0; presses < 2; presses++)
      await page.getByRole('button', { name: /^Theme/ }).press('Enter');
    await page.reload();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    expect(await theme()).toBe('dark');
    const moves = () =>
      page.evaluate("getComputedStyle(document.querySelector('.axis .point')).transitionDuration");
    await page.locator('.axis .point').first().waitFor();
    expect(await moves()).toBe('0s');
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await moves()).toContain('0.4s');
  });

  it('tells a screen reader of a new verdict, and not of numbers that move', async () => {
    const rig = await serve();
    const page = await open(rig);
    await page.locator('.verdict.good').waitFor();
    await expect
      .poll(() => page.locator('#announcer').textContent(), { timeout: 10_000 })
      .toBe('Nothing stands in the way');
    await page.evaluate(`globalThis.spoken = 0;
      new MutationObserver(() => spoken++).observe(announcer, { childList: true, characterData: true, subtree: true })`);
    rig.status = () => Promise.resolve(statusAt(rig.now, { watermark: at(270) }));
    await expect.poll(() => facts(page).textContent()).toContain('05:56:00');
    expect(await page.evaluate('spoken')).toBe(0);
    const live = await page.evaluate(
      `[...document.querySelectorAll('[aria-live], [role=status], [role=alert]')].map(({ id }) => id)`,
    );
    expect(live).toEqual(['announcer', 'dialog-outcome']);
  });

  it('is used with the keyboard alone: buttons, tables that scroll, and a dialog that keeps the focus', async () => {
    const rig = await serve();
    const page = await open(rig);
    await page.locator('.verdict.good').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to what stands in the way');
    const reached = new Set<string>();
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab');
      reached.add(
        await page.evaluate(
          `document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent`,
        ),
      );
    }
    for (const name of [
      'Enter token',
      'Theme: system',
      `Partitions of ${TABLE}`,
      'Windows as a table',
      `Last shards of ${TABLE}`,
    ])
      expect([...reached]).toContain(name);
    await page.getByRole('button', { name: 'Enter token' }).press('Enter');
    await page.getByLabel('Token', { exact: true }).fill('0123456789abcdef');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Pause' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: `Pause ${TABLE}?` });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    expect(await dialog.isVisible()).toBe(false);
    expect(rig.done).toEqual([]);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Pause');
  });
});
