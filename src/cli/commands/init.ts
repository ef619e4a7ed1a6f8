import type { Command } from 'commander';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { parseTime } from '../parse-time.ts';

interface InitFlags {
  readonly from: string;
  readonly batch?: true;
  readonly json?: true;
}

export function addInit(program: Command, context: CliContext): void {
  program
    .command('init')
    .description('make publication, slot, topics and the rows of des_archive_config; safe to repeat')
    .option('--from <time>', 'where archiving begins: `oldest` row, `now`, or a time', 'oldest')
    .option('--batch', 'only what `tidemark run-cycle` needs: no Kafka, no slot')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      '\nA watermark that is there already is never touched. From now on the server keeps WAL for the slot: start capture soon.\n\nExamples:\n  $ tidemark init\n  $ tidemark init --from 2026-11-23\n  $ tidemark init --batch',
    )
    .action((flags: InitFlags) => runInit(context, flags));
}

async function runInit(context: CliContext, flags: InitFlags): Promise<void> {
  const begin =
    flags.from === 'oldest' || flags.from === 'now' ? flags.from : parseTime('--from', flags.from);
  const config = await loadContextConfig(context);
  const { initialise, initialiseBatch } = await import('../initialise.ts');
  const done = await (flags.batch === true ? initialiseBatch : initialise)({ config, begin });
  if (flags.json === true) context.terminal.printJson(done);
  else
    for (const { what, state, detail } of done)
      context.terminal.print(`${state.padEnd(8)} ${what}${detail === '' ? '' : `  ${detail}`}`);
}
