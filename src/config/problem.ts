/** One thing that is wrong in the configuration file. Never holds a value that may be a secret. */
export interface Problem {
  /** `tables[0].lag`; empty for the file as a whole. */
  readonly path: string;
  /** 1-based, when the file says where. */
  readonly line: number | null;
  readonly message: string;
}

/** `tables[0].lag` from its steps. */
export function pathText(steps: readonly PropertyKey[]): string {
  let text = '';
  for (const step of steps) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? String(step) : `.${String(step)}`;
  }
  return text;
}

/** One line a problem, in the order of the file. */
export function listProblems(problems: readonly Problem[]): string {
  return [...problems]
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ path, line, message }) => {
      const place = [path, line === null ? '' : `(line ${line})`].filter((part) => part !== '').join(' ');
      return place === '' ? message : `${place}: ${message}`;
    })
    .join('\n');
}
