import { writeFileSync } from 'node:fs';
import { generatedPages } from './docs/pages.ts';

for (const { url, path, text } of generatedPages()) {
  writeFileSync(url, text);
  process.stdout.write(`wrote ${path}\n`);
}
