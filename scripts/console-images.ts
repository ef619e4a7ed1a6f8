/**
 * Draws the pictures of docs/console.md anew, by the page itself over servers that are spoken for:
 *
 *   npx tsx scripts/console-images.ts
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import { startBrowser } from '../test/serve/console/browser.ts';
import { ConsoleRig } from '../test/serve/console/console-rig.ts';
import { busy, failing } from '../test/serve/console/scenes.ts';

const FOLDER = fileURLToPath(new URL('../docs/images/', import.meta.url));
const SCREEN = { width: 1_000, height: 860 };
const PICTURES: Record<
  string,
  { look: BrowserContextOptions; scene: (rig: ConsoleRig) => void; verdict: string }
> = {
  'console-light': { look: { colorScheme: 'light', viewport: SCREEN }, scene: busy, verdict: 'good' },
  'console-failing': {
    look: { colorScheme: 'dark', viewport: { ...SCREEN, height: 640 } },
    scene: (rig) => {
      busy(rig);
      failing(rig);
    },
    verdict: 'bad',
  },
};

mkdirSync(FOLDER, { recursive: true });
const browser = await startBrowser();
for (const [name, { look, scene, verdict }] of Object.entries(PICTURES)) {
  const rig = new ConsoleRig();
  scene(rig);
  await rig.listen();
  const page = await (await browser.newContext(look)).newPage();
  await page.goto(rig.url);
  await page.locator(`.verdict.${verdict}`).waitFor();
  await page.locator('.chart canvas').waitFor();
  await page.screenshot({ path: `${FOLDER}${name}.png`, animations: 'disabled' });
  console.log(`wrote docs/images/${name}.png`);
  await rig.close();
}
await browser.close();
