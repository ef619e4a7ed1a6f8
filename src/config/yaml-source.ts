import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, Scalar } from 'yaml';
import { interpolate } from './interpolate.ts';
import type { Environment } from './interpolate.ts';
import { pathText } from './problem.ts';
import type { Problem } from './problem.ts';
import { findDeepNesting, findExplosion } from './yaml-limits.ts';

/** A configuration file, parsed, with the environment put in and a way back to its lines. */
export interface YamlSource {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Line of the key or item at this path, or of the nearest thing around it. */
  lineOf(steps: readonly PropertyKey[]): number | null;
}

/** Reads YAML 1.2 (so JSON too). Broken syntax and missing variables are problems, never exceptions. */
export function readYaml(text: string, env: Environment): YamlSource {
  const deep = findDeepNesting(text);
  if (deep !== undefined) {
    const line = text.slice(0, deep).split('\n').length;
    return broken([{ path: '', line, message: 'it is nested too deeply' }]);
  }
  const counter = new LineCounter();
  // Its own look for equal keys compares each with each.
  const document = parseDocument(text, {
    ...{ lineCounter: counter, prettyErrors: false, uniqueKeys: false, logLevel: 'error' },
  });
  const problems: Problem[] = document.errors.slice(0, SYNTAX_PROBLEMS_MAX).map((error) => ({
    path: '',
    line: counter.linePos(error.pos[0]).line,
    message: error.message,
  }));
  const lineAt = (position: number | undefined): number | null =>
    position === undefined ? null : counter.linePos(position).line;
  problems.push(...findEqualKeys(document, lineAt));
  const explosion = problems.length > 0 ? undefined : findExplosion(document);
  if (explosion !== undefined) problems.push({ path: '', line: null, message: explosion });
  if (problems.length > 0) return broken(problems);
  problems.push(...putEnvironmentIn(document, env, lineAt));
  return {
    value: document.toJS({ maxAliasCount: -1 }) as unknown,
    problems,
    lineOf: (steps) => lineAt(positionOf(document, steps)),
  };
}

/** One broken line makes many others broken. */
const SYNTAX_PROBLEMS_MAX = 20;

function broken(problems: readonly Problem[]): YamlSource {
  return { value: undefined, problems, lineOf: () => null };
}

function findEqualKeys(
  document: Document,
  lineAt: (position: number | undefined) => number | null,
): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value))
          problems.push({ path: '', line: lineAt(key.range?.[0]), message: 'Map keys must be unique' });
        seen.add(key.value);
      }
    },
  });
  return problems.slice(0, SYNTAX_PROBLEMS_MAX);
}

function putEnvironmentIn(
  document: Document,
  env: Environment,
  lineAt: (position: number | undefined) => number | null,
): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value !== 'string') return;
      const { text, changed, missing } = interpolate(node.value, env);
      for (const name of missing) {
        const message = `the environment variable ${name} is not set (\${${name}:-default} gives it a default)`;
        problems.push({ path: pathOf(ancestors, node), line: lineAt(node.range?.[0]), message });
      }
      node.value = changed ? retyped(node, text) : text;
    },
  });
  return problems;
}

/** `port: ${PORT}` means a number; `port: "${PORT}"` and `password: x${PART}` stay text. */
function retyped(node: Scalar, text: string): unknown {
  if (node.type !== 'PLAIN' || !/^\$\{[^}]*\}$/.test(node.source ?? '')) return text;
  if (/^-?(0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}

function pathOf(ancestors: readonly unknown[], leaf: Node): string {
  const steps: PropertyKey[] = [];
  const chain = [...ancestors, leaf];
  for (const [depth, holder] of chain.entries()) {
    if (isPair(holder)) steps.push(isScalar(holder.key) ? String(holder.key.value) : '?');
    else if (holder instanceof Object && 'items' in holder && !isMap(holder)) {
      steps.push((holder as { items: unknown[] }).items.indexOf(chain[depth + 1]));
    }
  }
  return pathText(steps);
}

function positionOf(document: Document, steps: readonly PropertyKey[]): number | undefined {
  for (let length = steps.length; length > 0; length--) {
    const parent: unknown =
      length === 1 ? document.contents : document.getIn(steps.slice(0, length - 1), true);
    const step = steps[length - 1];
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && item.key.value === step)
      : undefined;
    const node = isNode(pair?.key) ? pair.key : document.getIn(steps.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}
