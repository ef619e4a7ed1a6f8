import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { METRICS } from '../../src/serve/metric-names.ts';
import { LogLines } from '../cli/log-lines.ts';
import { Installation } from '../support/installation.ts';
import { servedUrl } from '../support/scrape.ts';
import { alertRules } from './alert-rules.ts';
import { dashboardQueries } from './dashboard-queries.ts';
import { startPrometheus } from './local-prometheus.ts';
import type { LocalPrometheus } from './local-prometheus.ts';
import { queryParts } from './promql-selectors.ts';

/** Labels that come from the scrape. */
const SCRAPE_LABELS = ['archive', 'instance', 'job'];

/** Panels of which `tidemark run` over a healthy table has nothing to show, each for its reason. */
const NOTHING_TO_SHOW = [
  'Source files, by what became of them', // tidemark cleanup
  'Clean-up',
  'HTTP answers a second', // tidemark serve
  'HTTP time',
  'HTTP bytes a second',
  'HTTP failures',
  'Column archived', // tidemark sync-archived
  'Uid filters and names passed over', // at the end of a day
  'Time left for the slot', // where Postgres has a limit, and the slot grows
];

const queries = [
  ...dashboardQueries(),
  ...alertRules().map(({ alert, expr }) => ({ panel: alert, query: expr, legend: [] })),
].map((query) => ({ ...query, parts: queryParts(query.query) }));

let installation: Installation;
let prometheus: LocalPrometheus;

// One process that has archived and rejected, and a real Prometheus that scrapes it, for all tests here.
beforeAll(async () => {
  installation = await Installation.create({});
  await installation.succeed(['init', '--from', 'now']);
  const running = installation.start(['run', '--log-level', 'debug']);
  const log = new LogLines(running);
  const { host } = new URL(await servedUrl(log));
  const starting = startPrometheus(host);
  await log.untilMarked('');
  const follower = await installation.follow();
  try {
    await installation.insertFiles(5);
    await installation.database.query(
      `INSERT INTO files (uid, file_location) VALUES ('missing', '${installation.sourceFolder}/nowhere')`,
    );
    await follower.untilWatermark(await installation.serverTime());
  } finally {
    await follower.close();
    prometheus = await starting;
  }
  // Rates need two scrapes of what is there now; what is read of others comes in the background.
  const since = (Date.now() / 1_000).toFixed(3);
  const readings = 'and count(des_slot_lag_bytes) and count(des_consumer_lag_offsets)';
  const scrapes = `sum(count_over_time((timestamp(up) > ${since})[1m:1s])) ${readings}`;
  await vi.waitFor(async () => expect(await countOf(scrapes)).toBeGreaterThanOrEqual(2), {
    timeout: 30_000,
    interval: 100,
  });
});

afterAll(async () => {
  await prometheus.stop();
  await installation.drop();
});

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

async function samplesOf(query: string): Promise<readonly Sample[]> {
  return ((await prometheus.ask('query', { query })) as { result: readonly Sample[] }).result;
}

async function countOf(query: string): Promise<number> {
  return Number((await samplesOf(query))[0]?.value[1] ?? 0);
}

describe('the queries of the dashboard and of the alerts', () => {
  it('ask for metrics that a scraped process has, by labels that they have', async () => {
    const metadata = (await prometheus.ask('targets/metadata')) as { metric: string }[];
    const served = new Set(metadata.map(({ metric }) => metric));
    const labels = declaredLabels();
    const unknown = queries.flatMap(({ panel, legend, parts: { selectors, grouping } }) =>
      selectors.flatMap(({ metric, labels: matched }) => {
        if (metric === 'up') return [];
        const known = labels.get(metric);
        if (known === undefined || !served.has(metric.replace(/_bucket$/, '')))
          return [`${panel}: no metric ${metric}`];
        return [...matched, ...legend, ...grouping]
          .filter((label) => !known.includes(label) && !SCRAPE_LABELS.includes(label))
          .map((label) => `${panel}: ${metric} has no label ${label}`);
      }),
    );
    expect(unknown).toEqual([]);
  });

  it('are answered by a real Prometheus, each panel with something to show', async () => {
    const answers = await Promise.all(
      queries.map(async ({ panel, query }) => ({ panel, samples: await samplesOf(query) })),
    );
    const shown = new Set(answers.filter(({ samples }) => samples.length > 0).map(({ panel }) => panel));
    const panels = new Set(dashboardQueries().map(({ panel }) => panel));
    expect([...panels].filter((panel) => !shown.has(panel)).sort()).toEqual([...NOTHING_TO_SHOW].sort());
  });

  it('are evaluated as alerts without an error, and of them only that of the rejected row fires', async () => {
    const { groups } = (await prometheus.ask('rules')) as {
      groups: { rules: { name: string; health: string; state: string }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.map(({ name }) => name).sort()).toEqual(
      alertRules()
        .map(({ alert }) => alert)
        .sort(),
    );
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(rules.filter(({ state }) => state === 'firing').map(({ name }) => name)).toEqual([
      'TidemarkRejects',
    ]);
  });
});

/** Labels by name of the series, of every metric that a process may have. */
function declaredLabels(): Map<string, readonly string[]> {
  const own = Object.values(METRICS).map(({ name, type, labels }): [string, string[]] =>
    type === 'histogram' ? [`${name}_bucket`, [...Object.keys(labels), 'le']] : [name, Object.keys(labels)],
  );
  const ofNode = [
    'process_start_time_seconds',
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'nodejs_eventloop_lag_p99_seconds',
  ];
  return new Map([...own, ...ofNode.map((name): [string, string[]] => [name, []])]);
}
