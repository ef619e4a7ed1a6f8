import { describe, expect, it } from 'vitest';
import { REPOSITORY, repositoryFiles } from '../support/repository.ts';
import { dockerCompose } from './built-tools.ts';

/** Compose is built where it never was: minutes. */
const BUILD_TIMEOUT_MS = 900_000;

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      { image: string; ports?: { host_ip: string }[]; volumes?: { type: string; source: string }[] }
    >
  >;
}

describe('docker-compose.yml', () => {
  it(
    'is understood by Compose, is reached from this machine only, and mounts what is there',
    async () => {
      const { status, output } = await dockerCompose([
        ...['--file', `${REPOSITORY}docker-compose.yml`],
        ...['config', '--format', 'json'],
      ]);
      expect(status, output).toBe(0);
      const { services } = JSON.parse(output) as Compose;
      expect(Object.keys(services).sort()).toEqual(
        ['grafana', 'init', 'kafka', 'postgres', 'prometheus', 'tidemark', 'writer'].sort(),
      );
      const all = Object.values(services);
      for (const { host_ip } of all.flatMap(({ ports = [] }) => ports)) expect(host_ip).toBe('127.0.0.1');
      for (const { image } of all) if (image !== 'tidemark') expect(image).toMatch(/:[\w.-]*\d/);
      const files = repositoryFiles().map((path) => `${REPOSITORY}${path}`);
      const bound = all.flatMap(({ volumes = [] }) => volumes).filter(({ type }) => type === 'bind');
      for (const { source } of bound)
        expect(
          files.some((path) => path === source || path.startsWith(`${source}/`)),
          source,
        ).toBe(true);
    },
    BUILD_TIMEOUT_MS,
  );
});
