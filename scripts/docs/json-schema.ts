import { z } from 'zod';
import { fileSchema } from '../../src/config/schema.ts';

/** The parts of JSON Schema that our own schema uses. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What an editor needs to complete and check tidemark.yaml. */
export function configurationSchema(): JsonSchema {
  return z.toJSONSchema(fileSchema, { io: 'input', override: acceptReferences }) as JsonSchema;
}

/** The file's check happens after the environment is put in; an editor sees `${NAME}` still. */
function acceptReferences({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { pattern } = jsonSchema;
  // Called for a schema and again for what wraps it.
  if (typeof pattern === 'string' && !pattern.endsWith(REFERENCE))
    jsonSchema.pattern = `(${pattern})${REFERENCE}`;
}

const REFERENCE = '|\\$\\{';
