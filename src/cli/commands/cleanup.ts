import type { Command } from 'commander';
import type { Stage } from '../../base/stage.ts';
import type { Part } from '../../serve/health.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { requireCleanedTables } from '../cleanup/cleaned-tables.ts';
import { countCleaned, describeCleanup } from '../cleanup/cleanup-report.ts';
import type { CleanedTable, CleanupReport } from '../cleanup/cleanup-report.ts';
import { addServeOptions } from '../serve-flags.ts';
import type { ServeFlags } from '../serve-flags.ts';

interface CleanupFlags extends ServeFlags {
  readonly once?: true;
  readonly dryRun?: true;
  readonly table?: string;
  readonly json?: true;
}

const MORE_HELP = `
Off unless cleanup.roots lists folders. For each announced shard whose window is committed: waits cleanup.after, reads
the shard back and compares its digest and that of every file in it, then deletes or moves each source file that is
still what was archived. Files that have changed stay, and are told of. Needs the events, so archives made by
run-cycle are not cleaned up. A shard that is damaged ends the clean-up of its table; nothing of it is removed.

Add processes to share the work. SIGTERM ends it after the file at hand (exit status 0). It may be killed at any time:
the next start does the rest. A file that cannot be removed is tried again until it can; what is behind it waits.
Fields of --json, and what remains as a risk: docs/cleanup.md.

Examples:
  $ tidemark cleanup --dry-run
  $ tidemark cleanup --once --json | jq .tables[].removedFiles
  $ tidemark cleanup --table public.files --port 9467`;

export function addCleanup(program: Command, context: CliContext): void {
  addServeOptions(program.command('cleanup'))
    .description('remove source files that a committed shard holds')
    .option('--once', 'end when the shards that are announced and old enough now are done')
    .option('--dry-run', 'read and compare everything, and remove nothing')
    .option('--table <schema.name>', 'only this table')
    .option('--json', 'with --once or --dry-run: print JSON')
    .addHelpText('after', MORE_HELP)
    .action((flags: CleanupFlags) => runCleanup(context, flags));
}

async function runCleanup(context: CliContext, flags: CleanupFlags): Promise<void> {
  const config = await loadContextConfig(context);
  const tables = requireCleanedTables(config, flags.table);
  if (flags.dryRun === true) {
    const { previewTables } = await import('../cleanup/preview-tables.ts');
    const looked = await previewTables(context, { config, tables });
    print(context, { name: config.name, dryRun: true, tables: looked }, flags);
    return;
  }
  const once = flags.once === true;
  const { runUntilSignal } = await import('../long-running.ts');
  const { createCleanup } = await import('../../pipeline.ts');
  let cleaned: () => CleanedTable[] = () => [];
  // A short run is often started beside others, by a timer: it takes no port unless it is given one.
  const serve = flags.serve && (!once || flags.port !== undefined);
  try {
    await runUntilSignal(
      context,
      { ...flags, serve },
      {
        parts: ['cleanup'],
        createStages: (options) => {
          const ids = tables.map(({ id }) => id);
          cleaned = countCleaned(options.events, ids);
          return new Map<Part, Stage>([['cleanup', createCleanup({ ...options, tables, once })]]);
        },
      },
    );
  } finally {
    if (once) print(context, { name: config.name, dryRun: false, tables: cleaned() }, flags);
  }
}

function print({ terminal }: CliContext, report: CleanupReport, { json }: CleanupFlags): void {
  if (json === true) terminal.printJson(report);
  else if (report.tables.length > 0) terminal.print(describeCleanup(report));
}
