import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { CloudEvent } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { EVENT_CONTRACT, readEvent } from '../../src/log/event-contract.ts';
import type { TidemarkEvent } from '../../src/log/event-contract.ts';
import { REJECT_REASONS } from '../../src/model/row.ts';
import { eventProblems } from '../support/event-schemas.ts';
import { REPOSITORY } from '../support/repository.ts';

const FOLDER = join(REPOSITORY, 'docs/events');
const TYPES = Object.keys(EVENT_CONTRACT).sort();

function sampleOf(type: string): TidemarkEvent {
  return JSON.parse(readFileSync(join(FOLDER, `samples/${type}.json`), 'utf8')) as TidemarkEvent;
}

/** Paths of all members of an event, such as `data.window.start`. */
function members(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => [
    [...path, name],
    ...members(child, [...path, name]),
  ]);
}

/** The event with one member taken away, or given. */
function changed(event: object, path: readonly string[], value?: unknown): object {
  const copy = structuredClone(event) as Record<string, unknown>;
  let parent = copy;
  for (const name of path.slice(0, -1)) parent = parent[name] as Record<string, unknown>;
  if (value === undefined) delete parent[path.at(-1)!];
  else parent[path.at(-1)!] = value;
  return copy;
}

describe('docs/events', () => {
  it('has a schema and a sample of every type, and none of a type that is not written', () => {
    const named = (folder: string, suffix: string) =>
      readdirSync(folder)
        .filter((name) => name.endsWith(suffix))
        .map((name) => name.slice(0, -suffix.length))
        .sort();
    expect(named(FOLDER, '.schema.json')).toEqual(TYPES);
    expect(named(join(FOLDER, 'samples'), '.json')).toEqual(TYPES);
  });

  it('names every type and every reason of a reject in its README', () => {
    const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8');
    expect([...TYPES, ...REJECT_REASONS].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('is an AsyncAPI document for the official parser', async () => {
    const source = join(FOLDER, 'asyncapi.yaml');
    const text = readFileSync(source, 'utf8');
    const { document, diagnostics } = await new Parser().parse(text, { source });
    // Tools read 3.0 more often than what came after it.
    const told = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version');
    expect(told).toEqual([]);
    const messages = document!
      .channels()
      .all()
      .flatMap((channel) => channel.messages().all());
    expect(messages.map((message) => message.name()).sort()).toEqual(TYPES);
    const broken = await new Parser().parse(text.replace('action: send', 'action: shout'), { source });
    expect(broken.document).toBeUndefined();
  });
});

describe.each(TYPES)('the sample of %s', (type) => {
  const sample = sampleOf(type);

  it('fits its schema, also with members of a later version, and is a CloudEvent for the official library', () => {
    expect(eventProblems(sample, 'writer')).toEqual([]);
    const later = { ...sample, traceparent: '00', data: { ...sample.data, added: { later: 1 } } };
    expect(eventProblems(later, 'reader')).toEqual([]);
    expect(eventProblems(later, 'writer')).not.toEqual([]);
    expect(new CloudEvent(sample as ConstructorParameters<typeof CloudEvent>[0]).validate()).toBe(true);
  });

  it('is read by the client as it stands', () => {
    expect(readEvent(JSON.stringify(sample))).toEqual({ event: sample });
  });

  it('does not fit when a member is missing, or is of another type', () => {
    const isRefused = (event: object) => eventProblems({ ...event, type }, 'reader').length > 0;
    const paths = members(sample).filter((path) => path.join() !== 'type');
    const isOptional = (path: readonly string[]) => path.join('.') === 'data.rowsSha256';
    const isItem = (path: readonly string[]) => /^\d+$/.test(path.at(-1)!);
    const removable = paths.filter((path) => !isOptional(path) && !isItem(path));
    expect(removable.filter((path) => !isRefused(changed(sample, path)))).toEqual([]);
    expect(paths.filter((path) => !isRefused(changed(sample, path, { a: [] })))).toEqual([]);
  });
});
