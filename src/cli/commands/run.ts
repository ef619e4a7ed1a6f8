import type { Command } from 'commander';
import type { Stage } from '../../base/stage.ts';
import type { Part } from '../../serve/health.ts';
import type { CliContext } from '../cli-context.ts';
import { addConsoleOption, addServeOptions } from '../serve-flags.ts';
import type { ServeFlags } from '../serve-flags.ts';

export function addRun(program: Command, context: CliContext): void {
  addConsoleOption(addServeOptions(program.command('run')))
    .description('capture and archive in one process')
    .addHelpText(
      'after',
      '\nRuns until SIGTERM or SIGINT: the first finishes what is under way and stops (exit status 0), a second one\nstops at once (1). Nothing is lost either way: the next start goes on from what is committed.\n\nThe console is at http://127.0.0.1:9464/ unless the configuration says otherwise (docs/console.md).\n\nExample:\n  $ tidemark run --config tidemark.yaml',
    )
    .action(async (flags: ServeFlags) => {
      const { runUntilSignal } = await import('../long-running.ts');
      const { createArchive, createCapture } = await import('../../pipeline.ts');
      await runUntilSignal(context, flags, {
        parts: ['capture', 'archive'],
        createStages: (options) =>
          new Map<Part, Stage>([
            ['capture', createCapture(options)],
            ['archive', createArchive(options)],
          ]),
      });
    });
}
