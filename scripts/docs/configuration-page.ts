import type { JsonSchema } from './json-schema.ts';

/** docs/configuration.md from the schema: a table for each group of keys. */
export function configurationPage(schema: JsonSchema, example: string): string {
  return `${HEAD}\n\`\`\`yaml\n${example.trim()}\n\`\`\`\n\n${RULES}\n${sections(schema, '').join('\n')}`;
}

const GENERATED = '<!-- Made by `npm run docs` from src/config/schema.ts. Do not edit. -->';

const HEAD = `${GENERATED}

# Configuration

Tidemark reads one YAML file: \`--config FILE\`, \`tidemark.yaml\` in the working folder when it is not given.
Everything but the keys marked **required** has a default. A small file:
`;

const RULES = `- **Durations** are a number and a unit: \`us\`, \`ms\`, \`s\`, \`m\`, \`h\`, \`d\`. **Sizes** likewise: \`B\`, \`kB\`, \`MB\`, \`GB\`, \`TB\` (thousands), \`KiB\`, \`MiB\`, \`GiB\`, \`TiB\` (1,024s).
- **Environment**: \`\${NAME}\` stands for a variable, \`\${NAME:-default}\` has a default for when it is unset or empty, \`$\${\` is a literal \`\${\`. Between \`{ }\` or \`[ ]\` of YAML put quotes around it. A plain value that is one reference alone may become a number.
- An unknown key is an error that names the nearest known one. Every problem is listed at once, with its path and line; the exit status is 2.
- \`docs/tidemark.schema.json\` is the same as JSON Schema for editors: \`# yaml-language-server: $schema=…/tidemark.schema.json\`.
`;

function sections(node: JsonSchema, path: string): string[] {
  const entries = Object.entries(node.properties ?? {});
  const rows = entries.filter(([, child]) => !isGroup(child)).map(([key, child]) => row(key, child, node));
  const own = rows.length === 0 ? [] : [TABLE_HEAD, ...rows, ''];
  const heading = path === '' ? '## Top level' : `## ${path}`;
  const text = node.description === undefined ? [] : [`${node.description}\n`];
  const below = entries.flatMap(([key, child]) => sectionsOf(child, path === '' ? key : `${path}.${key}`));
  return [`${heading}\n`, ...text, ...own, ...below];
}

function sectionsOf(child: JsonSchema, path: string): string[] {
  if (child.properties !== undefined) return sections(child, path);
  if (child.items?.properties === undefined) return [];
  return sections({ ...child.items, ...describe(child) }, `${path}[]`);
}

const describe = ({ description }: JsonSchema) => (description === undefined ? {} : { description });

const isGroup = (node: JsonSchema) => node.properties !== undefined || node.items?.properties !== undefined;

const TABLE_HEAD = '| Key | Value | Default | Meaning |\n|---|---|---|---|';

function row(key: string, node: JsonSchema, parent: JsonSchema): string {
  const required = parent.required?.includes(key) === true;
  const standard = node.default === undefined ? '' : `\`${literal(node.default)}\``;
  const cells = [`\`${key}\``, kindOf(node), required ? '**required**' : standard, node.description ?? ''];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value).replaceAll('"', '').replaceAll(',', ', ');
}

function kindOf(node: JsonSchema): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.anyOf !== undefined)
    return node.anyOf.map((option) => (option.type === 'null' ? '`null`' : kindOf(option))).join(' or ');
  if (node.type === 'array') return `list of ${kindOf(node.items ?? {})}`;
  if (node.pattern?.includes('us|ms|s') === true) return 'duration';
  if (node.pattern?.includes('[KMGT]iB') === true) return 'size';
  if (node.type === 'integer') return numberRange(node);
  if (node.type === 'boolean') return '`true`, `false`';
  return 'text';
}

function numberRange({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: JsonSchema): string {
  return maximum === Number.MAX_SAFE_INTEGER ? `number ≥ ${minimum}` : `number ${minimum}…${maximum}`;
}
