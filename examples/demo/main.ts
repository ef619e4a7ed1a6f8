import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startServices } from '../../test/support/services/start-services.ts';
import { DEMO_FOLDER, DEMO_SIZES } from './demo-options.ts';
import { runDemo } from './demo.ts';
import { resultTable } from './result-table.ts';
import type { DemoResult } from './result-table.ts';
import { openScreen } from './screen.ts';

/** `npm run demo`, with `-- --s3` into an S3 server: exit status 0 only when every row stands where it must. */

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: String(DEMO_SIZES.writeSeconds) },
    s3: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const folder = fileURLToPath(new URL(`../../${DEMO_FOLDER}`, import.meta.url));
const screen = openScreen(process.stdout);
const end = new AbortController();
// `on`, not `once`: with no listener left, the terminal library would end the process before it has cleaned up.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (end.signal.aborted) process.exit(1);
    screen.say('interrupted: removing database and servers …');
    end.abort(new Error('interrupted'));
  });
}

try {
  process.exitCode = await perform();
} catch (error) {
  const reason = end.signal.aborted ? 'interrupted; servers and database are removed' : describe(error);
  process.stdout.write(`\nThe demo did not get to its end: ${reason}\n`);
  process.exitCode = 1;
}

async function perform(): Promise<number> {
  const seed = Number(flags.seed);
  const writeSeconds = Number(flags.seconds);
  screen.say(`Tidemark demo, seed ${seed}`);
  const services = await startServices({ s3: flags.s3, onProgress: (line) => screen.say(line) });
  try {
    end.signal.throwIfAborted();
    const options = {
      ...DEMO_SIZES,
      folder,
      seed,
      writeSeconds,
      killAfterSeconds: Math.round((writeSeconds * 2) / 5),
      postgresUrl: services.postgresUrl,
      kafkaBrokers: services.kafkaBrokers,
      s3Url: flags.s3 ? services.s3Url : null,
      corpusFolder: fileURLToPath(new URL('../../node_modules', import.meta.url)),
    };
    return report(await runDemo({ options, screen, signal: end.signal }));
  } finally {
    await services.stop();
  }
}

function report(result: DemoResult): number {
  process.stdout.write(`\n${resultTable(result)}\n`);
  if (result.problems.length > 0) {
    const shown = result.problems.slice(0, 20).map((problem) => `  ${problem}`);
    process.stdout.write(`\nDoes not hold (${result.problems.length}):\n${shown.join('\n')}\n`);
    return 1;
  }
  process.stdout.write(
    `\nEvery row is archived once with the same bytes, or listed as a reject.\n\n${whereToLook(result)}\n`,
  );
  return 0;
}

function whereToLook(result: DemoResult): string {
  const at = relative(process.cwd(), result.folder) || '.';
  const [shard = ''] = result.archive.shards;
  return [
    `Where to look next, all without a server:`,
    `  ls -R ${at}/archive | less                       the shards and their manifests`,
    `  tar --zstd -tvf ${at}/archive/${shard}`,
    `  node dist/cli/main.js ls --sink file://${result.folder}/archive`,
    `  node dist/cli/main.js verify --sink file://${result.folder}/archive`,
    `  less ${at}/tidemark.yaml ${at}/tidemark.log      how it was set up, what it said`,
  ].join('\n');
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
