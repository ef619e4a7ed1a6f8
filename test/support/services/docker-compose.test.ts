import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { kafkaEnvironment, kafkaProperties, KAFKA_VERSION } from './kafka-properties.ts';
import { POSTGRES_SETTINGS } from './postgres-settings.ts';

interface Compose {
  readonly services: {
    readonly postgres: {
      readonly image: string;
      readonly command: readonly string[];
      readonly ports: readonly string[];
    };
    readonly kafka: {
      readonly image: string;
      readonly environment: Readonly<Record<string, string>>;
      readonly ports: readonly string[];
    };
  };
}

const file = readFileSync(new URL('../../../docker-compose.yml', import.meta.url), 'utf8');
const { postgres, kafka } = (parse(file) as Compose).services;

test('docker-compose.yml gives Postgres the settings that the local one has', () => {
  const flags = Object.entries(POSTGRES_SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  expect(postgres.command).toEqual(['postgres', ...flags]);
  expect(postgres.image).toBe('postgres:18');
});

test('docker-compose.yml runs the Kafka that the local one is, in the same way where they share a setting', () => {
  expect(kafka.image).toBe(`apache/kafka:${KAFKA_VERSION}`);
  const local = kafkaEnvironment(
    kafkaProperties({ listen: '', advertised: '', controller: 'localhost:9093' }),
  );
  const places = /LISTENER/;
  const shared = Object.keys(kafka.environment).filter((name) => name in local && !places.test(name));
  expect(shared.length).toBeGreaterThan(5);
  for (const name of shared) expect([name, kafka.environment[name]]).toEqual([name, local[name]]);
});

test('docker-compose.yml is reached from this machine only', () => {
  for (const port of [...postgres.ports, ...kafka.ports]) expect(port).toMatch(/^127\.0\.0\.1:/);
});
