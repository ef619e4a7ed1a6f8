/** The fields of `after` that differ, in the same tree; undefined when none does. Lists are told whole. Pure. */
export function changeOf<T extends object>(before: T, after: T): object | undefined {
  const change: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(after)) {
    const old = (before as Record<string, unknown>)[key];
    if (isTree(old) && isTree(value)) {
      const inner = changeOf(old, value);
      if (inner !== undefined) change[key] = inner;
    } else if (JSON.stringify(old) !== JSON.stringify(value)) change[key] = value;
  }
  return Object.keys(change).length === 0 ? undefined : change;
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
