import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configurationSchema } from '../../scripts/docs/json-schema.ts';
import { generatedPages } from '../../scripts/docs/pages.ts';
import { parseConfig } from '../../src/config/load-config.ts';

const EXAMPLE = new URL('../../examples/tidemark.yaml', import.meta.url);

describe('generated pages', () => {
  it.each(generatedPages())('$path is what `npm run docs` writes', ({ url, text }) => {
    expect(readFileSync(url, 'utf8')).toBe(text);
  });

  it('give every key of the configuration a description', () => {
    const undescribed: string[] = [];
    visit(configurationSchema(), 'file', undescribed);
    expect(undescribed).toEqual([]);
  });
});

describe('examples/tidemark.yaml', () => {
  const text = readFileSync(EXAMPLE, 'utf8');

  it('is a valid configuration', () => {
    expect(
      parseConfig({ text, path: 'examples/tidemark.yaml', env: { PGPASSWORD: 'x' } }).tables[0]?.id,
    ).toBe('public.files');
  });

  it('fits the JSON Schema that editors use, references to the environment and all', () => {
    const validate = new Ajv2020({ strict: false }).compile(configurationSchema());
    expect(validate(parse(text)) ? [] : validate.errors).toEqual([]);
    expect(validate({ ...(parse(text) as object), tabels: [] })).toBe(false);
  });
});

function visit(node: ReturnType<typeof configurationSchema>, path: string, undescribed: string[]): void {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    if (child.description === undefined) undescribed.push(`${path}.${key}`);
    visit(child, `${path}.${key}`, undescribed);
    if (child.items !== undefined) visit(child.items, `${path}.${key}[]`, undescribed);
  }
}
