import { readRepositoryFile } from './repository.ts';

interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a page, in its order. */
export function codeBlocks(page: string): CodeBlock[] {
  const blocks = readRepositoryFile(page).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, language, text]) => ({ language: language!, text: text! }));
}

/** The one block of a language that begins with a line; a test runs what a page shows. */
export function codeBlock(page: string, language: string, firstLine: string): string {
  const found = codeBlocks(page).filter(
    (block) => block.language === language && block.text.startsWith(`${firstLine}`),
  );
  if (found.length !== 1)
    throw new Error(`${page} has ${found.length} blocks of ${language} that begin with ${firstLine}`);
  return found[0]!.text;
}
