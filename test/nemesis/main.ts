import { helpText, parseCommandLine } from './command-line.ts';
import type { NemesisFlags } from './command-line.ts';
import { FAULTS, FAULTS_IN_A_BUCKET } from './faults.ts';
import { NemesisFailed, runNemesis } from './run-nemesis.ts';

/** `npm run nemesis`: exit status 0 only when nothing is missing, doubled or different. */

const BY_SINK = { disk: FAULTS, s3: FAULTS_IN_A_BUCKET };
const end = new AbortController();
// `on`, not `once`: a second Ctrl-C must not end the process before servers and mounts are gone.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => end.abort(new Error('interrupted')));

try {
  const flags = parseCommandLine(process.argv.slice(2), BY_SINK);
  if (flags === null) process.stdout.write(helpText(BY_SINK));
  else process.exitCode = await perform(flags);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}

async function perform({ seed, minutes, sink, faults }: NemesisFlags): Promise<number> {
  try {
    await runNemesis({
      ...{ seed, sink, faults, durationMs: minutes * 60_000, signal: end.signal },
      say: (line) => process.stdout.write(`${line}\n`),
    });
    process.stdout.write('\nEvery row is archived once with the same bytes, or listed as a reject.\n');
    return 0;
  } catch (error) {
    const where =
      error instanceof NemesisFailed ? `Logs, table and archive are kept in ${error.folder}\n` : '';
    const on = sink === 's3' ? ' --sink s3' : '';
    const only =
      faults.length === BY_SINK[sink].length ? '' : ` --only ${faults.map(({ name }) => name).join(',')}`;
    process.stdout.write(
      `\n${(error as Error).message}\n\n${where}Repeat it: npm run nemesis -- --seed ${seed} --minutes ${minutes}${on}${only}\n`,
    );
    return 1;
  }
}
