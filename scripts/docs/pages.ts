import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { CATALOGUE } from '../../src/base/error-catalogue.ts';
import { METRIC_GROUPS } from '../../src/serve/metric-names.ts';
import { configurationPage } from './configuration-page.ts';
import { errorsPage } from './errors-page.ts';
import { eventPages } from './event-pages.ts';
import { configurationSchema } from './json-schema.ts';
import { metricsPage } from './metrics-page.ts';

const ROOT = new URL('../../', import.meta.url);

/** Every generated page: its path in the repository and what it must hold. */
export function generatedPages(): { readonly url: URL; readonly path: string; readonly text: string }[] {
  const schema = configurationSchema();
  const example = readFileSync(new URL('examples/tidemark.yaml', ROOT), 'utf8');
  const pages = {
    'docs/configuration.md': configurationPage(schema, example),
    'docs/errors.md': errorsPage(CATALOGUE),
    'docs/metrics.md': metricsPage(METRIC_GROUPS),
    'docs/tidemark.schema.json': `${JSON.stringify(schema, null, 2)}\n`,
    ...chartCopies(),
    ...eventPages(),
  };
  return Object.entries(pages).map(([path, text]) => ({ url: new URL(path, ROOT), path, text }));
}

/** A chart holds only what stands below it, and npm publishes no links. */
function chartCopies(): Record<string, string> {
  return Object.fromEntries(
    ['deploy/prometheus/alerts.yml', 'deploy/grafana/dashboards/tidemark.json'].map((path) => [
      `deploy/helm/tidemark/files/${basename(path)}`,
      readFileSync(new URL(path, ROOT), 'utf8'),
    ]),
  );
}
