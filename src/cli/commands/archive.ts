import type { Command } from 'commander';
import type { Stage } from '../../base/stage.ts';
import type { Part } from '../../serve/health.ts';
import type { CliContext } from '../cli-context.ts';
import { addConsoleOption, addServeOptions } from '../serve-flags.ts';
import type { ServeFlags } from '../serve-flags.ts';

export function addArchive(program: Command, context: CliContext): void {
  addConsoleOption(addServeOptions(program.command('archive')))
    .description('Kafka to shards: gathers windows, packs them, moves the watermark')
    .addHelpText(
      'after',
      '\nAdd processes to share the partitions. The first SIGTERM or SIGINT finishes what is under way and stops (exit status 0), a second\none stops at once (1). Nothing is lost either way: the next start goes on from what is committed.\n\nThe console is at http://127.0.0.1:9464/ unless the configuration says otherwise (docs/console.md).\n\nExample:\n  $ tidemark archive --config tidemark.yaml --port 9466',
    )
    .action(async (flags: ServeFlags) => {
      const { runUntilSignal } = await import('../long-running.ts');
      const { createArchive } = await import('../../pipeline.ts');
      await runUntilSignal(context, flags, {
        parts: ['archive'],
        createStages: (options) => new Map<Part, Stage>([['archive', createArchive(options)]]),
      });
    });
}
