import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { confirm } from '../../src/cli/confirm.ts';

function answer(text: string, isTTY = true): Promise<boolean> {
  const input = Object.assign(new PassThrough(), { isTTY });
  input.end(text);
  return confirm({ terminal: { say: () => undefined }, question: 'Move it?', input });
}

describe('a question before something that cannot be taken back', () => {
  it.each(['y\n', 'yes\n', ' Y \n'])('takes %j for a yes', async (text) => {
    expect(await answer(text)).toBe(true);
  });

  it.each(['n\n', '\n', '', 'yes please\n'])('takes %j for a no', async (text) => {
    expect(await answer(text)).toBe(false);
  });

  it('refuses where there is nobody to ask, and names the flag for scripts', async () => {
    await expect(answer('y\n', false)).rejects.toMatchObject({
      code: 'ERR_USAGE',
      remedy: expect.stringContaining('--yes') as string,
    });
  });
});
