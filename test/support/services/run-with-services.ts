/**
 * Runs a command with Postgres and Kafka at hand (and an S3 server with --s3), or keeps them up for a second terminal:
 *
 *   npx tsx test/support/services/run-with-services.ts -- npm test
 *   npx tsx test/support/services/run-with-services.ts > /tmp/services.env     # until Ctrl-C
 *
 * A program that is to end it with a signal starts it as `node --import tsx …`: npx keeps SIGTERM for itself.
 * TIDEMARK_TEST_PG, TIDEMARK_TEST_KAFKA and TIDEMARK_TEST_S3 are set for the command, or printed as `export` lines on standard output.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { KAFKA_VARIABLE, POSTGRES_VARIABLE, S3_VARIABLE } from './given-services.ts';
import { startServices } from './start-services.ts';
import type { RunningServices } from './start-services.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function addresses(services: RunningServices): Record<string, string> {
  return {
    [POSTGRES_VARIABLE]: services.postgresUrl,
    [KAFKA_VARIABLE]: services.kafkaBrokers.join(','),
    ...(services.s3Url === '' ? {} : { [S3_VARIABLE]: services.s3Url }),
  };
}

/** @returns the command's exit status; as in a shell 128 + number when a signal ended it, 127 when there is none. */
async function runWith(services: RunningServices, command: readonly string[]): Promise<number> {
  // Before it is started: the command may have said something, and somebody answered it, before spawn returns.
  for (const signal of SIGNALS)
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the command itself; a second one from us would mean "stop at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  const child = spawn(command[0]!, command.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, ...addresses(services) },
  });
  try {
    const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return status ?? 128 + constants.signals[signal!];
  } catch (error) {
    console.error(`${command[0]} cannot be run: ${(error as Error).message}`);
    return 127;
  }
}

async function keepUp(services: RunningServices): Promise<number> {
  const told = Promise.race(SIGNALS.map((signal) => once(process, signal)));
  const alive = setInterval(() => undefined, 2 ** 30);
  for (const [name, value] of Object.entries(addresses(services))) console.log(`export ${name}='${value}'`);
  console.error('Services are up; Ctrl-C stops them.');
  await told;
  clearInterval(alive);
  return 0;
}

const separator = process.argv.indexOf('--');
const command = separator === -1 ? [] : process.argv.slice(separator + 1);
const wantsS3 = process.argv.slice(2, separator === -1 ? undefined : separator).includes('--s3');
const services = await startServices({ s3: wantsS3, onProgress: (line) => console.error(line) });
try {
  process.exitCode = command.length === 0 ? await keepUp(services) : await runWith(services, command);
} finally {
  await services.stop();
}
