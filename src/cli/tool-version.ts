import { readFileSync } from 'node:fs';

/** The package's version; package.json stands two folders above both `src/cli` and `dist/cli`. */
export const TOOL_VERSION = readVersion();

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
