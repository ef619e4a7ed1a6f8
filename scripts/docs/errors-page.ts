import type { CATALOGUE } from '../../src/base/error-catalogue.ts';

/** docs/errors.md from the catalogue; a message ends with the anchor of its entry. */
export function errorsPage(catalogue: typeof CATALOGUE): string {
  const entries = Object.entries(catalogue).map(
    ([code, { meaning, retryable, remedy }]) =>
      `## ${code}\n\n${meaning}\n\n- **Passes by itself:** ${retryable ? 'it may; long-running commands try again' : 'no'}\n- **What to do:** ${remedy}\n`,
  );
  return `${HEAD}\n${entries.join('\n')}`;
}

const HEAD = `<!-- Made by \`npm run docs\` from src/base/error-catalogue.ts. Do not edit. -->

# Errors

Every deliberate failure of Tidemark has a code. The message says what happened this time; this page says what the code means.
Exit status: 0 done, 1 failed, 2 wrong usage or configuration.
`;
