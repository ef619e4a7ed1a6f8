import type { Command } from 'commander';
import type { Stage } from '../../base/stage.ts';
import type { Part } from '../../serve/health.ts';
import type { CliContext } from '../cli-context.ts';
import { addServeOptions } from '../serve-flags.ts';
import type { ServeFlags } from '../serve-flags.ts';

export function addCapture(program: Command, context: CliContext): void {
  addServeOptions(program.command('capture'))
    .description('Postgres to Kafka: rows and marks, exactly once')
    .addHelpText(
      'after',
      '\nOne process reads the slot; a second one stands by and takes over.\nThe first SIGTERM or SIGINT finishes what is under way and stops (exit status 0), a second\none stops at once (1). Nothing is lost either way: the next start goes on from what is committed.\n\nExample:\n  $ tidemark capture --config tidemark.yaml --port 9465',
    )
    .action(async (flags: ServeFlags) => {
      const { runUntilSignal } = await import('../long-running.ts');
      const { createCapture } = await import('../../pipeline.ts');
      await runUntilSignal(context, flags, {
        parts: ['capture'],
        createStages: (options) => new Map<Part, Stage>([['capture', createCapture(options)]]),
      });
    });
}
