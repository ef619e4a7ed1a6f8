import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';

interface ExplainFlags {
  readonly json?: true;
}

export function addExplain(program: Command, context: CliContext): void {
  program
    .command('explain')
    .description('why the watermark stands still, each cause with what mends it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nLooks at Postgres and Kafka from outside (where no brokers are configured, at Postgres alone); what only a process knows (a file or sink that fails, a seal that was refused) it\nhas told in the events. Exit status 0 when nothing stands in the way, 1 otherwise. Causes and fields of --json: docs/explain.md.\n\nExamples:\n  $ tidemark explain\n  $ tidemark explain --json | jq -r .causes[0].remedy',
    )
    .action((flags: ExplainFlags) => runExplain(context, flags));
}

async function runExplain(context: CliContext, flags: ExplainFlags): Promise<void> {
  const config = await loadContextConfig(context);
  const { explainConfig } = await import('../explain/explain-config.ts');
  const { describeExplanation } = await import('../explain/describe-explanation.ts');
  const explanation = await explainConfig(config, systemClock);
  if (explanation.causes.length > 0) context.fail();
  if (flags.json === true) context.terminal.printJson(explanation);
  else context.terminal.print(describeExplanation(explanation));
}
