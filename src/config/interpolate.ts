export type Environment = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  readonly text: string;
  /** True when a variable was put in. */
  readonly changed: boolean;
  /** Names that are neither set nor have a default. */
  readonly missing: readonly string[];
}

const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * Puts environment variables into a value: `${NAME}`, and `${NAME:-default}` when NAME is unset or empty.
 * `$${` stands for a literal `${`. What a variable holds is never looked at again, so a password may contain `${`.
 */
export function interpolate(text: string, env: Environment): Interpolated {
  const missing: string[] = [];
  let changed = false;
  // Behind the last brace nothing can end, and looking for it from every `${` would take the square of the length.
  const end = text.lastIndexOf('}') + 1;
  const rest = text.slice(end).replaceAll('$${', '${');
  const replaced = text
    .slice(0, end)
    .replace(REFERENCE, (whole, name: string | undefined, fallback: string | undefined) => {
      if (name === undefined) return '${';
      changed = true;
      const value = env[name];
      if (value !== undefined && (value !== '' || fallback === undefined)) return value;
      if (fallback !== undefined) return fallback;
      missing.push(name);
      return whole;
    });
  return { text: replaced + rest, changed, missing };
}
