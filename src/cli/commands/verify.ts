import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { VerifyProblem } from '../../sinks/read/verify-problem.ts';
import type { VerifyProgress } from '../../sinks/read/verify-shards.ts';
import type { CliContext } from '../cli-context.ts';
import { ProgressLine } from '../progress-line.ts';
import { readJobs, readWorkers } from '../read-workers.ts';
import { addSinkOption, openReadSink } from '../read-sink.ts';
import type { SinkFlags } from '../read-sink.ts';
import { formatBytesShort, formatCount } from '../text-table.ts';
import { verifyProof } from '../verify-proof.ts';
import type { ProofFlags } from '../verify-proof.ts';

interface VerifyFlags extends SinkFlags, ProofFlags {
  readonly jobs: number;
  readonly json?: true;
}

export function addVerify(program: Command, context: CliContext): void {
  addSinkOption(program.command('verify'))
    .description('hash everything again; names the first wrong byte range')
    .argument('[shard...]', 'names as `tidemark ls` shows them (default: all)')
    .option('-j, --jobs <n>', 'threads', readJobs, availableParallelism())
    .option('--proof <file>', 'instead: check this proof of one file, without any archive')
    .option('--file <file>', 'with --proof: the file that it is of')
    .option('--digest <sha256:hex>', 'with --proof: the shard’s digest, from its shard-created event')
    .option('--json', 'one problem a line, then the counts')
    .addHelpText(
      'after',
      `
Exit status 1 when anything differs; a shard that no manifest names is only a warning.

Examples:
  $ tidemark verify --sink file:///var/lib/tidemark
  $ tidemark verify --proof file.proof.json --file file.bin --digest sha256:9f2c4b1a77d0e3aa…`,
    )
    .action((shards: string[], flags: VerifyFlags) => runVerify(context, shards, flags));
}

async function runVerify(context: CliContext, shards: readonly string[], flags: VerifyFlags): Promise<void> {
  const { terminal } = context;
  if (await verifyProof(context, shards, flags)) return;
  const [sink, { verifyShards }] = await Promise.all([
    openReadSink(context, flags),
    import('../../sinks/read/verify-shards.ts'),
  ]);
  const line = new ProgressLine(terminal);
  let seen: VerifyProgress = { manifests: 0, shards: 0, filters: 0, bytes: 0 };
  let [errors, warnings] = [0, 0];
  const onProgress = (progress: VerifyProgress): void => {
    seen = progress;
    line.show(`verifying: ${describe(progress)}`);
  };
  try {
    for await (const problem of verifyShards({
      sink,
      ...(await readWorkers(context, flags)),
      onProgress,
      ...(shards.length === 0 ? {} : { names: shards }),
    })) {
      line.clear();
      if (problem.severity === 'error') errors += 1;
      else warnings += 1;
      terminal.print(flags.json === true ? JSON.stringify(problem) : describeProblem(problem));
    }
  } finally {
    line.clear();
  }
  if (errors > 0) context.fail();
  if (flags.json === true) terminal.print(JSON.stringify({ ...seen, errors, warnings }));
  else
    terminal.print(
      `${describe(seen)} verified: ${formatCount(errors)} errors, ${formatCount(warnings)} warnings`,
    );
}

function describe({ manifests, shards, filters, bytes }: VerifyProgress): string {
  const counts = `${formatCount(manifests)} manifests, ${formatCount(shards)} shards, ${formatCount(filters)} filters`;
  return `${counts}, ${formatBytesShort(bytes)}`;
}

function describeProblem({ severity, name, range, what }: VerifyProblem): string {
  const place = range === null ? '' : ` bytes ${range.from} to ${range.to - 1}`;
  return `${severity}: ${name}${place}: ${what}`;
}
