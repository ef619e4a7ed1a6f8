import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { Installation } from '../support/installation.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Printed {
  readonly id: string;
  readonly type: string;
}

function parse(text: string): Printed[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Printed);
}

describe('tidemark events', () => {
  it('prints each event once from a time on, ends when idle or by SIGINT, both with status 0', async () => {
    const installation = await Installation.create({});
    cleanups.push(() => installation.drop());
    await installation.succeed(['init', '--from', 'now']);
    const before = await installation.serverTime();
    const running = installation.start(['run']);
    const follower = await installation.follow();
    cleanups.push(() => follower.close());

    await installation.insertFiles(20);
    await follower.untilWatermark(await installation.serverTime());
    const following = installation.start(['events', '--json', '--from', before]);
    const lines: Printed[] = [];
    const reader = createInterface({ input: following.stdout });
    reader.on('line', (line) => lines.push(JSON.parse(line) as Printed));
    await once(reader, 'line');
    const second = await installation.insertFiles(20);
    expect(second).toHaveLength(20);
    await follower.untilWatermark(await installation.serverTime());
    running.kill('SIGTERM');
    await once(running, 'exit');
    const all = parse(await installation.succeed(['events', '--json', '--from', 'start', '--until-idle']));
    while (!lines.some(({ id }) => id === all.at(-1)!.id)) await once(reader, 'line');
    following.kill('SIGINT');
    expect(await once(following, 'exit'), installation.logOf(following)).toEqual([0, null]);

    const ids = lines.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(all.map(({ id }) => id));
    expect(all.some(({ type }) => type === 'tidemark.shard.created.v1')).toBe(true);
    expect(await installation.succeed(['events', '--json', '--until-idle'])).toBe('');
  });
});
