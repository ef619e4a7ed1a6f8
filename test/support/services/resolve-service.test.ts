import { expect, test } from 'vitest';
import { resolveService } from './resolve-service.ts';
import type { Ways } from './resolve-service.ts';
import { ServiceMissing } from './service-missing.ts';

/** Ways that record when they are tried. */
function ways(outcomes: Record<keyof Ways<string>, string | Error>): { tried: string[]; ways: Ways<string> } {
  const tried: string[] = [];
  const way = (source: keyof Ways<string>) => () => {
    tried.push(source);
    const outcome = outcomes[source];
    if (outcome instanceof Error) return Promise.reject(outcome);
    return Promise.resolve({ address: outcome, stop: () => Promise.resolve() });
  };
  return { tried, ways: { given: way('given'), docker: way('docker'), local: way('local') } };
}

const missing = (what: string): ServiceMissing => new ServiceMissing(`no ${what}`, { remedy: `get ${what}` });

test('an address that was given is used, and nothing else is asked', async () => {
  const { tried, ways: all } = ways({ given: 'a:1', docker: 'b:2', local: 'c:3' });
  expect(await resolveService({ name: 'Kafka', ways: all })).toMatchObject({
    source: 'given',
    service: { address: 'a:1' },
  });
  expect(tried).toEqual(['given']);
});

test('Docker comes before the servers of this machine', async () => {
  const { tried, ways: all } = ways({ given: missing('address'), docker: 'b:2', local: 'c:3' });
  expect(await resolveService({ name: 'Kafka', ways: all })).toMatchObject({ source: 'docker' });
  expect(tried).toEqual(['given', 'docker']);
});

test('a local server is the last way', async () => {
  const { tried, ways: all } = ways({ given: missing('address'), docker: missing('engine'), local: 'c:3' });
  expect(await resolveService({ name: 'Kafka', ways: all })).toMatchObject({ source: 'local' });
  expect(tried).toEqual(['given', 'docker', 'local']);
});

test('a given server that cannot be used ends the search: it is not replaced in silence', async () => {
  const { tried, ways: all } = ways({ given: new Error('refused'), docker: 'b:2', local: 'c:3' });
  await expect(resolveService({ name: 'Kafka', ways: all })).rejects.toThrow('refused');
  expect(tried).toEqual(['given']);
});

test('when no way leads there, each is listed with what is missing and how to get it', async () => {
  const { ways: all } = ways({
    given: missing('address'),
    docker: missing('engine'),
    local: missing('java'),
  });
  await expect(resolveService({ name: 'Kafka', ways: all })).rejects.toThrow(
    [
      'Kafka cannot be had here. Tried, and any one of these would do:',
      '  given: no address',
      '    → get address',
      '  docker: no engine',
      '    → get engine',
      '  local: no java',
      '    → get java',
    ].join('\n'),
  );
});
