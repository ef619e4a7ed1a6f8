import { Ajv2020 } from 'ajv/dist/2020.js';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readRepositoryFile, repositoryFiles } from '../support/repository.ts';

const CHART = 'deploy/helm/tidemark';

/** What Helm itself makes of the chart: `npm run test:deploy`. */
describe('values of the chart', () => {
  const schema = JSON.parse(readRepositoryFile(`${CHART}/values.schema.json`)) as { $schema: string };
  const ajv = schema.$schema.includes('2020-12')
    ? new Ajv2020({ strict: false })
    : new Ajv({ strict: false });
  const isValid = ajv.compile(schema);
  const defaults = parse(readRepositoryFile(`${CHART}/values.yaml`)) as Values;
  const examples = repositoryFiles(`${CHART}/ci`).map(
    (path) => [path, merged(defaults, parse(readRepositoryFile(path)) as Values)] as const,
  );

  it('of each example fit their schema', () => {
    expect(examples).toHaveLength(3);
    for (const [path, values] of examples)
      expect(isValid(values), `${path}: ${ajv.errorsText(isValid.errors)}`).toBe(true);
  });

  it('that nobody knows are refused, and so are those that name no database', () => {
    const [, values] = examples[0]!;
    expect(isValid({ ...values, captureReplicas: 2 })).toBe(false);
    expect(isValid(defaults)).toBe(false);
  });
});

interface Values {
  readonly [key: string]: unknown;
}

/** As Helm does: maps key by key, everything else as a whole. */
function merged(defaults: Values, values: Values): Values {
  const both = Object.entries(values).map(([key, value]) => {
    const before = defaults[key];
    return [key, isMap(before) && isMap(value) ? merged(before, value) : value];
  });
  return { ...defaults, ...(Object.fromEntries(both) as Values) };
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
