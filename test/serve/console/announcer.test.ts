import { expect, it } from 'vitest';

type CreateAnnouncer = (say: (text: string) => void) => (text: string, nowMs: number) => void;

/** The page's own module; it needs nothing of a browser. */
const MODULE = new URL('../../../src/serve/console/page/announcer.js', import.meta.url).href;

it('says a new verdict aloud, not an age that grows, and not two within five seconds', async () => {
  const { createAnnouncer } = (await import(MODULE)) as { createAnnouncer: CreateAnnouncer };
  const said: string[] = [];
  const announce = createAnnouncer((text) => said.push(text));
  announce('Nothing stands in the way', 0);
  announce('What status says is 16 s old', 2_000);
  announce('What status says is 19 s old', 5_000);
  for (const [text, at] of [
    ['What status says is 59 s old', 45_000],
    ['What status says is 1 min old', 46_000],
    ['What status says is 1 h 2 min old', 4_000_000],
  ] as const)
    announce(text, at);
  announce('Nothing stands in the way', 4_001_000);
  expect(said).toEqual([
    'Nothing stands in the way',
    'What status says is 19 s old',
    'Nothing stands in the way',
  ]);
});
