import { isAlias, isCollection, isNode, isPair, isScalar, Lexer } from 'yaml';
import type { Document } from 'yaml';

/** Keys stand seven deep at most. */
const DEPTH_MAX = 32;
const INDENT_MAX = 4 * DEPTH_MAX;
/** With every alias in its place. */
const NODES_MAX = 100_000;

/**
 * Looks at the tokens before anything is composed of them: the composer calls itself for every level, and past some
 * thousand levels Node ends the whole process rather than throw.
 *
 * @returns where it is nested too deeply, as a position in the text; undefined when it is not.
 */
export function findDeepNesting(text: string): number | undefined {
  let at = 0;
  let flowDepth = 0;
  let indent = 0;
  let isIndent = true;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') flowDepth++;
    else if (token === ']' || token === '}') flowDepth = Math.max(0, flowDepth - 1);
    else if (token === FLOW_END) flowDepth = 0;
    if (/[\r\n]$/.test(token)) [indent, isIndent] = [0, true];
    else if (flowDepth === 0) {
      // `- - - a` and `? ? ? a` nest within one line.
      if (/^[-?:]$/.test(token) || (isIndent && /^[ \t]+$/.test(token))) indent += token.length;
      else isIndent &&= MARK.test(token);
    }
    if (flowDepth > DEPTH_MAX || indent > INDENT_MAX) return at;
    if (!MARK.test(token)) at += token.length;
  }
  return undefined;
}

/** Where a flow that was never closed ends, since less indented text follows. */
const FLOW_END = '\x18';

/** What the lexer puts between the tokens of the text: begin of document, end of flow, scalar. */
// eslint-disable-next-line no-control-regex -- the lexer uses control characters
const MARK = /^[\x02\x18\x1f]$/;

interface Extent {
  readonly depth: number;
  readonly nodes: number;
}

/**
 * @param document composed of a text that {@link findDeepNesting} has passed.
 * @returns what it would grow to with its aliases in place is too much, in words; undefined when it is not.
 */
export function findExplosion(document: Document): string | undefined {
  const { depth, nodes } = extentOf(document.contents, new Map());
  if (depth === Number.POSITIVE_INFINITY) return 'an alias names nothing that is complete before it';
  if (depth > DEPTH_MAX) return 'it is nested too deeply';
  return nodes > NODES_MAX ? 'its aliases make it too large' : undefined;
}

const LEAF: Extent = { depth: 1, nodes: 1 };

/** @param anchors what the anchors before here hold; one that is not closed yet is not among them. */
function extentOf(node: unknown, anchors: Map<string, Extent>): Extent {
  if (isAlias(node)) return anchors.get(node.source) ?? { depth: Number.POSITIVE_INFINITY, nodes: 1 };
  if (isPair(node)) {
    const [key, value] = [extentOf(node.key, anchors), extentOf(node.value, anchors)];
    return { depth: Math.max(key.depth, value.depth), nodes: key.nodes + value.nodes };
  }
  let extent = LEAF;
  if (isCollection(node)) {
    let [depth, nodes] = [0, 1];
    for (const item of node.items) {
      const inner = extentOf(item, anchors);
      depth = Math.max(depth, inner.depth);
      nodes += inner.nodes;
    }
    extent = { depth: depth + 1, nodes };
  }
  const anchor = isNode(node) && (isScalar(node) || isCollection(node)) ? node.anchor : undefined;
  if (anchor !== undefined) anchors.set(anchor, extent);
  return extent;
}
