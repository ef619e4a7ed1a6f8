import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { parseConfig } from '../../src/config/load-config.ts';
import { readRepositoryFile, REPOSITORY, repositoryFiles } from '../support/repository.ts';
import { helm } from './built-tools.ts';
import { manifestProblems } from './manifest-problems.ts';
import type { Manifest } from './manifest-problems.ts';

/** Helm is built where it never was: minutes. */
const BUILD_TIMEOUT_MS = 900_000;

const FOLDER = 'deploy/helm/tidemark';
const CHART = `${REPOSITORY}${FOLDER}`;
const VERSION = ['--kube-version', '1.31.0'];
const VALUES = repositoryFiles(`${FOLDER}/ci`);

interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly {
          readonly image: string;
          readonly args: readonly string[];
          readonly readinessProbe: { readonly httpGet: { readonly path: string } };
          readonly securityContext: object;
          readonly env?: readonly { readonly name: string; readonly valueFrom?: object }[];
        }[];
      };
    };
  };
}

const rendered = new Map<string, readonly Manifest[]>();

beforeAll(async () => {
  await helm(['version']);
  await Promise.all(
    VALUES.map(async (path) => {
      const args = ['template', 'demo', CHART, ...VERSION, '--values', `${REPOSITORY}${path}`];
      const { status, output } = await helm(args);
      expect(status, output).toBe(0);
      const documents = parseAllDocuments(output).map((document) => document.toJS() as Manifest | null);
      rendered.set(
        path.split('/').at(-1)!,
        documents.filter((manifest) => manifest !== null),
      );
    }),
  );
}, BUILD_TIMEOUT_MS);

function manifests(name: string): readonly Manifest[] {
  return rendered.get(`${name}-values.yaml`)!;
}

function deployment(name: string, part: string): Deployment {
  return manifests(name).find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === `demo-tidemark-${part}`,
  ) as Deployment;
}

function kinds(name: string): string[] {
  return manifests(name).map(({ kind }) => kind);
}

describe('the chart', () => {
  it('is found in order by `helm lint --strict`, with all values that are stored beside it', async () => {
    const results = await Promise.all(
      VALUES.map((path) => helm(['lint', '--strict', ...VERSION, CHART, '--values', `${REPOSITORY}${path}`])),
    );
    expect(results.map(({ status, output }) => (status === 0 ? '' : output))).toEqual(VALUES.map(() => ''));
  });

  it('renders what Kubernetes, the Prometheus Operator and KEDA take, without an unknown key', async () => {
    const all = [...rendered.values()].flat();
    const problems = await Promise.all(all.map(manifestProblems));
    expect(problems.flat()).toEqual([]);
    const spec = { replcias: 1, selector: {}, template: { metadata: {}, spec: { containers: [] } } };
    const mistyped = { ...deployment('disk', 'archive'), spec };
    expect(await manifestProblems(mistyped)).toEqual([
      'Deployment demo-tidemark-archive: unknown key /spec/replcias',
    ]);
  });

  it('refuses values that it does not know, and no configuration at all', async () => {
    const values = ['--values', `${REPOSITORY}${FOLDER}/ci/disk-values.yaml`];
    const wrong = [
      { args: [], words: "missing properties 'postgres', 'sink', 'tables'" },
      { args: [...values, '--set', 'archive.replica=3'], words: "'replica' not allowed" },
      { args: [...values, '--set', 'keda.enabled=true'], words: 'serverAddress' },
    ];
    const results = await Promise.all(
      wrong.map(({ args }) => helm(['template', CHART, ...VERSION, ...args])),
    );
    results.forEach(({ status, output }, index) => {
      expect(status).toBe(1);
      expect(output).toContain(wrong[index]!.words);
    });
  });

  it('gives Tidemark a configuration that it reads, and listens where probes and Prometheus reach it', () => {
    for (const name of ['disk', 'bucket', 'archive-only']) {
      const { data } = manifests(name).find(({ kind }) => kind === 'ConfigMap') as Manifest & {
        data: Record<string, string>;
      };
      const text = data['tidemark.yaml']!;
      const config = parseConfig({ text, path: 'tidemark.yaml', env: { PGPASSWORD: 'x' } });
      expect(config.serve).toMatchObject({ host: '0.0.0.0', port: 9464 });
    }
  });

  it('runs capture as one with a standby and the archive as many, each ready by what it is', () => {
    const [capture, archive] = [deployment('disk', 'capture'), deployment('disk', 'archive')];
    expect([capture.spec.replicas, archive.spec.replicas]).toEqual([2, 2]);
    const containers = [capture, archive].map(({ spec }) => spec.template.spec.containers[0]!);
    expect(containers.map(({ args }) => args[0])).toEqual(['capture', 'archive']);
    expect(containers.map(({ readinessProbe }) => readinessProbe.httpGet.path)).toEqual([
      '/healthz',
      '/readyz',
    ]);
    for (const { env, securityContext } of containers) {
      expect(env).toEqual([
        { name: 'PGPASSWORD', valueFrom: { secretKeyRef: { name: 'tidemark-postgres', key: 'password' } } },
      ]);
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    expect(kinds('disk').filter((kind) => kind === 'PodDisruptionBudget')).toHaveLength(2);
    expect(kinds('archive-only').sort()).toEqual(['ConfigMap', 'Deployment', 'Pod', 'Service']);
  });

  it('leaves the number of archiving processes to KEDA, which asks for rows that are overdue', () => {
    expect(deployment('bucket', 'archive').spec.replicas).toBeUndefined();
    const scaled = manifests('bucket').find(({ kind }) => kind === 'ScaledObject') as Manifest & {
      spec: { scaleTargetRef: { name: string }; triggers: { metadata: { query: string } }[] };
    };
    expect(scaled.spec.scaleTargetRef.name).toBe('demo-tidemark-archive');
    expect(scaled.spec.triggers.map(({ metadata }) => metadata.query)).toEqual([
      'sum(max by (topic, partition) (des_consumer_lag_records{archive="orders",state="overdue"}))',
    ]);
  });

  it('brings the alert rules and the dashboard, and links of its own to the runbooks', () => {
    const rule = manifests('bucket').find(({ kind }) => kind === 'PrometheusRule') as Manifest & {
      spec: unknown;
    };
    const alerts = readRepositoryFile('deploy/prometheus/alerts.yml');
    expect(rule.spec).toEqual(
      parse(alerts.replaceAll(': docs/runbooks', ': https://wiki.example/tidemark/docs/runbooks')),
    );
    const dashboard = manifests('bucket').find(
      ({ metadata }) => metadata.name === 'demo-tidemark-dashboard',
    ) as Manifest & { data: Record<string, string> };
    expect(JSON.parse(dashboard.data['tidemark.json']!)).toEqual(
      JSON.parse(readRepositoryFile('deploy/grafana/dashboards/tidemark.json')),
    );
  });

  it('has the version of the package', () => {
    const { version } = JSON.parse(readRepositoryFile('package.json')) as { version: string };
    expect(parse(readRepositoryFile(`${FOLDER}/Chart.yaml`))).toMatchObject({ version, appVersion: version });
  });
});
