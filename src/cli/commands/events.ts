import type { Command } from 'commander';
import { Events } from '../../base/event-map.ts';
import { shardsTopic } from '../../config/names.ts';
import type { Micros } from '../../model/micros.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { createLogger } from '../logger.ts';
import { logEvents } from '../log-events.ts';
import { describeEvent } from '../describe-event.ts';
import { parseTime } from '../parse-time.ts';
import { onSignals } from '../signals.ts';

interface EventsFlags {
  readonly from?: string;
  readonly untilIdle?: true;
  readonly json?: true;
}

export function addEvents(program: Command, context: CliContext): void {
  program
    .command('events')
    .description('follow the shard-created and window-sealed events')
    .option('--from <time>', 'begin at this time, or `start` (default: now)')
    .option('--until-idle', 'end at what is there now')
    .option('--json', 'one CloudEvent a line')
    .addHelpText(
      'after',
      '\nEvents are CloudEvents 1.0 in JSON (docs/events/README.md); readers see an event once it is committed.\n\nExamples:\n  $ tidemark events --json | jq .subject\n  $ tidemark events --from 2026-11-23T05:00:00Z --until-idle',
    )
    .action((flags: EventsFlags) => runEvents(context, flags));
}

async function runEvents(context: CliContext, flags: EventsFlags): Promise<void> {
  const from = beginningOf(flags.from);
  const config = await loadContextConfig(context);
  const { followEvents } = await import('../../log/follow-events.ts');
  const events = new Events();
  const endLog = logEvents(
    events,
    await createLogger({ level: config.log.level, terminal: context.terminal }),
  );
  const abort = new AbortController();
  const release = onSignals({ drain: () => abort.abort(), stop: () => process.exit(1) });
  try {
    await followEvents({
      ...config.kafka,
      topic: shardsTopic(config.name),
      from,
      untilIdle: flags.untilIdle === true,
      onEvent: (json) => context.terminal.print(flags.json === true ? json : describeEvent(json)),
      signal: abort.signal,
      events,
    });
  } finally {
    release();
    endLog();
  }
}

function beginningOf(text: string | undefined): 'now' | { readonly time: Micros } {
  if (text === undefined || text === 'now') return 'now';
  return { time: text === 'start' ? (0 as Micros) : parseTime('--from', text) };
}
