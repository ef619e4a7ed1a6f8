import { readFileSync } from 'node:fs';
import { CATALOGUE } from '../../src/base/error-catalogue.ts';
import { configurationPage } from './configuration-page.ts';
import { errorsPage } from './errors-page.ts';
import { eventPages } from './event-pages.ts';
import { configurationSchema } from './json-schema.ts';

const ROOT = new URL('../../', import.meta.url);

/** Every generated page: its path in the repository and what it must hold. */
export function generatedPages(): { readonly url: URL; readonly path: string; readonly text: string }[] {
  const schema = configurationSchema();
  const example = readFileSync(new URL('examples/tidemark.yaml', ROOT), 'utf8');
  const pages = {
    'docs/configuration.md': configurationPage(schema, example),
    'docs/errors.md': errorsPage(CATALOGUE),
    'docs/tidemark.schema.json': `${JSON.stringify(schema, null, 2)}\n`,
    ...eventPages(),
  };
  return Object.entries(pages).map(([path, text]) => ({ url: new URL(path, ROOT), path, text }));
}
