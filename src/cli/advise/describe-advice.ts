import type { Advice, Strategy } from './advice.ts';

const MEANS: Readonly<Record<Strategy, string>> = {
  watermark: 'one watermark, no UPDATE of the table: `tidemark run`',
  hybrid:
    'one watermark, and the column is set behind it: `tidemark run`, and `tidemark sync-archived` by a timer',
  'per-record': 'the column is set by the archiver: `tidemark run-cycle --strategy per-record`',
};

/** The advice for people. Pure. */
export function describeAdvice({ table, strategy, reasons, unknown }: Advice): string {
  // Hybrid is the watermark with the column: what speaks for the watermark speaks for it too.
  const speaksFor = (favours: Strategy): boolean =>
    favours === strategy || (strategy === 'hybrid' && favours === 'watermark');
  const list = (title: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : [`  ${title}`, ...items.map((item) => `    - ${item}`)];
  const whats = (isFor: boolean): string[] =>
    reasons.filter(({ favours }) => speaksFor(favours) === isFor).map(({ what }) => what);
  return [
    `${table}: ${strategy}, ${MEANS[strategy]}`,
    ...list('for it', whats(true)),
    ...list('against it', whats(false)),
    ...list('not known', unknown),
  ].join('\n');
}
