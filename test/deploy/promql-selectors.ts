import { parser } from '@prometheus-io/lezer-promql';

export interface QueryParts {
  /** Name of each metric that the query selects, with the labels that it selects by. */
  readonly selectors: readonly {
    readonly metric: string;
    readonly text: string;
    readonly labels: readonly string[];
  }[];
  /** Labels that it joins, keeps or matches by. */
  readonly grouping: readonly string[];
}

/** Takes a query of PromQL apart. @throws when it is none. */
export function queryParts(query: string): QueryParts {
  const selectors: { metric: string; text: string; labels: string[] }[] = [];
  const grouping: string[] = [];
  parser.parse(query).iterate({
    enter: ({ name, type, from, to, node }) => {
      const text = query.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at ${from}: ${query}`);
      if (name === 'VectorSelector') selectors.push({ metric: '', text, labels: [] });
      else if (name === 'Identifier') selectors.at(-1)!.metric = text;
      else if (name === 'LabelName' && node.parent?.name === 'GroupingLabels') grouping.push(text);
      else if (name === 'LabelName') selectors.at(-1)!.labels.push(text);
    },
  });
  return { selectors, grouping };
}
