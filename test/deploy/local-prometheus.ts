import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { makeDataFolder } from '../support/services/data-folder.ts';
import { freePorts } from '../support/services/free-port.ts';
import { startLocalServer } from '../support/services/local-server.ts';
import { REPOSITORY } from '../support/repository.ts';

export interface LocalPrometheus {
  /** What `/api/v1/PATH` answers. @throws when Prometheus refuses the question. */
  readonly ask: (path: string, parameters?: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** A real Prometheus (Debian's package `prometheus`) with our alert rules, which scrapes `target` every second. */
export async function startPrometheus(target: string): Promise<LocalPrometheus> {
  const folder = makeDataFolder({ name: 'prometheus', dataDir: undefined, owner: null }).path;
  mkdirSync(folder, { recursive: true });
  const [port] = await freePorts(1);
  const config = join(folder, 'prometheus.yml');
  const scrape = {
    job_name: 'tidemark',
    static_configs: [{ targets: [target], labels: { archive: 'demo' } }],
  };
  writeFileSync(
    config,
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [`${REPOSITORY}deploy/prometheus/alerts.yml`],
      scrape_configs: [scrape],
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  const server = await startLocalServer({
    name: 'prometheus',
    command: [
      'prometheus',
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    stopSignal: 'SIGTERM',
    cwd: folder,
    logFile: join(folder, 'server.log'),
    temporaryFolder: folder,
    owner: null,
    isReady: async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok ?? false,
    readyTimeoutMs: 30_000,
  });
  return {
    stop: server.stop,
    ask: async (path, parameters = {}) => {
      const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
      const answer = (await response.json()) as { status: string; data: unknown; error?: string };
      if (answer.status !== 'success')
        throw new Error(`${JSON.stringify(parameters)}: ${answer.error ?? answer.status}`);
      return answer.data;
    },
  };
}
