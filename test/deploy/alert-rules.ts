import { parse } from 'yaml';
import { readRepositoryFile } from '../support/repository.ts';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

/** Every rule of deploy/prometheus/alerts.yml. */
export function alertRules(): AlertRule[] {
  const { groups } = parse(readRepositoryFile('deploy/prometheus/alerts.yml')) as {
    groups: { rules: AlertRule[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
}
