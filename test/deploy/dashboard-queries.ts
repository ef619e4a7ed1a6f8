import { readRepositoryFile } from '../support/repository.ts';

export interface PanelQuery {
  readonly panel: string;
  /** As Grafana would send it. */
  readonly query: string;
  /** Labels in its legend. */
  readonly legend: readonly string[];
}

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly type: string; readonly definition?: string }[] };
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

/** Every query of every panel and variable of Tidemark's dashboard, its variables put in. */
export function dashboardQueries(): PanelQuery[] {
  const { templating, panels } = JSON.parse(
    readRepositoryFile('deploy/grafana/dashboards/tidemark.json'),
  ) as Dashboard;
  const ofPanels = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({
      panel: title,
      query: withVariables(expr),
      legend: [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!),
    })),
  );
  const ofVariables = templating.list
    .filter(({ type }) => type === 'query')
    .map(({ definition = '' }) => {
      const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(definition)!;
      return { panel: definition, query: withVariables(selector!), legend: [label!] };
    });
  return [...ofVariables, ...ofPanels];
}

function withVariables(text: string): string {
  const query = text
    .replaceAll('$__rate_interval', '1m')
    .replaceAll(/"([^"]*)\$(archive|table)([^"]*)"/g, '"$1.*$3"');
  if (query.includes('$')) throw new Error(`unknown variable in ${text}`);
  return query;
}
