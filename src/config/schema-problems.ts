import { closest, distance } from 'fastest-levenshtein';
import * as z from 'zod';
import { findCrossProblems } from './cross-checks.ts';
import { fileSchema } from './schema.ts';
import type { ConfigFile } from './schema.ts';

/** A problem before it has its text path and line. */
export interface RawProblem {
  readonly steps: readonly PropertyKey[];
  readonly message: string;
}

type Outcome = { readonly file: ConfigFile } | { readonly problems: readonly RawProblem[] };

/** The schema with the checks across keys, which run even when single keys are wrong: all problems come at once. */
const checkedSchema = fileSchema.superRefine(
  (file, context) => {
    for (const { path, message } of findCrossProblems(file)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  },
  { when: () => true },
);

export function validate(value: unknown): Outcome {
  const result = checkedSchema.safeParse(value ?? {}, { reportInput: false });
  if (result.success) return { file: result.data };
  return { problems: result.error.issues.flatMap(explain) };
}

/** In one mapping; a file with more of them is another program's. */
const UNKNOWN_KEYS_MAX = 20;

function explain(issue: z.core.$ZodIssue): RawProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path);
    const more = issue.keys.length - UNKNOWN_KEYS_MAX;
    return [
      ...issue.keys.slice(0, UNKNOWN_KEYS_MAX).map((key) => ({
        steps: [...issue.path, key],
        message: `unknown key${hint(key, known)}`,
      })),
      ...(more > 0 ? [{ steps: issue.path, message: `${more} more unknown keys` }] : []),
    ];
  }
  if (issue.code === 'invalid_type') {
    return [{ steps: issue.path, message: explainType(issue) }];
  }
  if (issue.code === 'invalid_value') {
    return [{ steps: issue.path, message: `one of ${issue.values.join(', ')} was expected` }];
  }
  if (issue.code === 'too_small' && issue.origin !== 'array') {
    const least = issue.origin === 'string' ? 'text was expected' : `must be at least ${issue.minimum}`;
    return [{ steps: issue.path, message: least }];
  }
  if (issue.code === 'too_big' && issue.origin !== 'string') {
    return [{ steps: issue.path, message: `must be at most ${issue.maximum}` }];
  }
  return [{ steps: issue.path, message: issue.message }];
}

function explainType(issue: z.core.$ZodIssueInvalidType): string {
  if (issue.message.endsWith('received undefined')) return 'is missing';
  return issue.message.startsWith('Invalid') ? `${article(issue.expected)} was expected` : issue.message;
}

/** Names the nearest known key when it is near, all of them when they are few, nothing otherwise. */
function hint(key: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(key, [...known]);
  const near =
    distance(key.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, Math.floor(nearest.length / 3));
  return near ? `; did you mean ${nearest}?` : `; known here: ${known.join(', ')}`;
}

const ARTICLES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  int: 'a whole number',
  number: 'a whole number',
};

function article(expected: string): string {
  return ARTICLES[expected] ?? expected;
}

interface JsonNode {
  readonly properties?: Readonly<Record<string, JsonNode>>;
  readonly items?: JsonNode;
}

let jsonSchema: JsonNode | undefined;

function knownKeys(path: readonly PropertyKey[]): string[] {
  jsonSchema ??= z.toJSONSchema(fileSchema, { io: 'input', unrepresentable: 'any' }) as JsonNode;
  let node: JsonNode | undefined = jsonSchema;
  for (const step of path) node = typeof step === 'number' ? node?.items : node?.properties?.[String(step)];
  return Object.keys(node?.properties ?? {});
}
