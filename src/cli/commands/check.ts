import { Option } from 'commander';
import type { Command } from 'commander';
import { unreachable } from '../../base/assert.ts';
import { Events } from '../../base/event-map.ts';
import { archivedBy } from '../../config/archived-by.ts';
import type { Config } from '../../config/config.ts';
import { CYCLE_STRATEGIES } from '../../model/cycle.ts';
import type { CycleStrategy } from '../../model/cycle.ts';
import { isUnmet } from '../../model/requirement.ts';
import type { Requirement } from '../../model/requirement.ts';
import type { Part } from '../../serve/health.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { textTable } from '../text-table.ts';

interface CheckFlags {
  readonly for?: 'all' | 'capture' | 'archive' | 'cleanup' | CycleStrategy;
  readonly json?: true;
}

export function addCheck(program: Command, context: CliContext): void {
  program
    .command('check')
    .description('everything the other commands need, each failing point with what mends it')
    .addOption(
      new Option(
        '--for <part>',
        'what will run with this configuration: capture and archive, and cleanup where cleanup.roots is set (all), one of them, or run-cycle by a strategy (default: all; watermark where kafka.brokers is not set)',
      ).choices(['all', 'capture', 'archive', 'cleanup', ...CYCLE_STRATEGIES]),
    )
    .option('--json', 'print the requirements as JSON')
    .addHelpText(
      'after',
      '\nExit status 1 when something is missing; warnings do not count.\n\nExample:\n  $ tidemark check --for archive',
    )
    .action((flags: CheckFlags) => runCheck(context, flags));
}

async function runCheck(context: CliContext, flags: CheckFlags): Promise<void> {
  const config = await loadContextConfig(context);
  const { gatherRequirements } = await import('../prerequisites.ts');
  const wanted = flags.for ?? (archivedBy(config) === 'cycles' ? 'watermark' : 'all');
  const requirements = await gatherRequirements({ config, ...partsOf(wanted, config), events: new Events() });
  const failed = requirements.filter(isUnmet);
  if (failed.length > 0) context.fail();
  if (flags.json === true) context.terminal.printJson(requirements);
  else context.terminal.print(describe(requirements));
}

function partsOf(
  wanted: NonNullable<CheckFlags['for']>,
  { cleanup }: Config,
): {
  readonly parts: readonly Part[];
  readonly strategy?: CycleStrategy;
} {
  switch (wanted) {
    case 'all':
      return { parts: ['capture', 'archive', ...(cleanup.roots.length > 0 ? (['cleanup'] as const) : [])] };
    case 'capture':
    case 'archive':
    case 'cleanup':
      return { parts: [wanted] };
    case 'watermark':
    case 'per-record':
      return { parts: ['cycle'], strategy: wanted };
    default:
      return unreachable(wanted);
  }
}

function describe(requirements: readonly Requirement[]): string {
  const rows = requirements.map((requirement) => [
    stateOf(requirement),
    requirement.name,
    requirement.detail,
  ]);
  const remedies = requirements
    .filter(({ ok, remedy }) => !ok && remedy !== null)
    .map(({ name, remedy }) => `${name}\n  ${remedy}`);
  const bad = requirements.filter(isUnmet).length;
  const verdict =
    bad === 0
      ? 'everything that is needed is there'
      : `${bad} of ${requirements.length} requirements are not met`;
  return [
    textTable(['', 'requirement', 'found'], rows),
    ...(remedies.length === 0 ? [] : ['', 'what mends it:', ...remedies]),
    '',
    verdict,
  ].join('\n');
}

function stateOf({ ok, severity }: Requirement): string {
  if (ok) return 'ok';
  return severity === 'error' ? 'FAILED' : 'warning';
}
