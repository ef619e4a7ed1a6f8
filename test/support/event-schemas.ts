import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { join } from 'node:path';
import { REPOSITORY } from './repository.ts';

interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

const compiled = new Map<string, ValidateFunction>();

/** The published schema of a type. */
function publishedSchema(type: string): SchemaNode {
  const path = join(REPOSITORY, `docs/events/${type}.schema.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as SchemaNode;
}

/**
 * What is wrong with an event by the published schema of its type; an empty list for nothing.
 *
 * @param by `reader` as subscribers are told to look at it; `writer` allows no member that is not published either.
 */
export function eventProblems(event: unknown, by: 'reader' | 'writer'): string[] {
  const type = String((event as { type?: unknown }).type);
  const key = `${by} ${type}`;
  let validate = compiled.get(key);
  if (validate === undefined) {
    const schema = publishedSchema(type);
    const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
    validate = ajv.compile(by === 'reader' ? schema : closed(schema));
    compiled.set(key, validate);
  }
  if (validate(event)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${type}${instancePath} ${message}`);
}

function closed(node: SchemaNode): object {
  if (node.items !== undefined) return { ...node, items: closed(node.items) };
  if (node.properties === undefined) return node;
  const properties = Object.fromEntries(
    Object.entries(node.properties).map(([name, child]) => [name, closed(child)]),
  );
  return { ...node, properties, additionalProperties: false };
}
