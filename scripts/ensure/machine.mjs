import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root, stop, succeeds } from './report.mjs';

/** How Debian and Ubuntu call the package of a command. */
const PACKAGES = {
  java: 'default-jre-headless',
  mvn: 'maven',
  bsdtar: 'libarchive-tools',
  python3: 'python3-venv',
  psql: 'postgresql-client',
  go: 'golang-go',
  promtool: 'prometheus',
};

/** Stops when a command is missing, naming how to get all that are. */
export function ensureCommands(names) {
  const missing = names.filter((name) => !hasCommand(name));
  if (missing.length === 0) return;
  stop(
    `Missing on this machine: ${missing.join(', ')}. Tests and benchmarks compare with these commands.`,
    `  Debian, Ubuntu:  ${aptInstall(missing)}`,
  );
}

/** Kafka comes from a given address, from Docker, or from Maven Central: one of the three must be possible. */
export function ensureKafkaSource() {
  if (process.env.TIDEMARK_TEST_KAFKA) return;
  const missing = [];
  if (!process.env.JAVA_HOME && !hasCommand('java')) missing.push('java');
  if (!isKafkaCached() && !hasCommand('mvn')) missing.push('mvn');
  if (missing.length === 0) return;
  if (hasCommand('docker') && succeeds('docker', ['info'])) return;
  stop(
    'There is no way to start Kafka here. One of these is enough:',
    `  Java and Maven:    ${aptInstall(missing)}`,
    '  Docker:            start its engine (`docker info` must answer)',
    '  a broker you have: TIDEMARK_TEST_KAFKA=host:9092',
  );
}

/** The S3 server of the tests likewise: given, from Docker, or built once with Go from its module proxy. */
export function ensureS3Source() {
  if (process.env.TIDEMARK_TEST_S3 || isCached(/^versitygw-[\d.]+$/) || hasCommand('go')) return;
  if (hasCommand('docker') && succeeds('docker', ['info'])) return;
  stop(
    'There is no way to start an S3 server here. One of these is enough:',
    `  Go 1.25 or newer:  ${aptInstall(['go'])}`,
    '  Docker:            start its engine (`docker info` must answer)',
    '  a server you have: TIDEMARK_TEST_S3=http://ACCESS_KEY:SECRET_KEY@host:port',
  );
}

/** Maven is only needed for the first fetch (test/support/services/kafka-jars.ts). */
function isKafkaCached() {
  return isCached(/^kafka-[\d.]+$/);
}

function isCached(pattern) {
  const cache = process.env.TIDEMARK_CACHE_DIR ?? join(root, '.cache');
  return existsSync(cache) && readdirSync(cache).some((name) => pattern.test(name));
}

function aptInstall(commands) {
  return `apt-get install -y ${commands.map((name) => PACKAGES[name] ?? name).join(' ')}`;
}

function hasCommand(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, name)));
}

function isExecutable(path) {
  if (!existsSync(path) || !statSync(path).isFile()) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
