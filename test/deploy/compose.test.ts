import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/load-config.ts';
import { readRepositoryFile } from '../support/repository.ts';

describe('docker-compose.yml', () => {
  it('gives Tidemark a configuration for the table that it makes and writes to', () => {
    const path = 'deploy/compose/tidemark.yaml';
    const config = parseConfig({ text: readRepositoryFile(path), path, env: { PGPASSWORD: 'x' } });
    expect(config.name).toBe('demo');
    expect(config.tables.map(({ id }) => id)).toEqual(['public.readings']);
    expect(readRepositoryFile('deploy/compose/app.sql')).toContain('CREATE TABLE readings');
    expect(readRepositoryFile('deploy/compose/insert-rows.sql')).toContain('INSERT INTO readings');
    const scraped = parse(readRepositoryFile('deploy/compose/prometheus.yml')) as {
      scrape_configs: { static_configs: { targets: string[]; labels: { archive: string } }[] }[];
    };
    expect(scraped.scrape_configs[0]!.static_configs).toEqual([
      { targets: [`tidemark:${config.serve.port}`], labels: { archive: config.name } },
    ]);
  });
});
