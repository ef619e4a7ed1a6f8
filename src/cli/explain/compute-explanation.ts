import { formatMicros, MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { nextWindowEnd } from '../../model/window.ts';
import { archiveCauses } from './archive-causes.ts';
import { captureCauses } from './capture-causes.ts';
import { connectorCauses } from './connector-causes.ts';
import { cycleCauses } from './cycle-causes.ts';
import { CAUSE_CODES } from './explanation.ts';
import type { Cause, Explanation, TableOutlook } from './explanation.ts';
import type { CycleFacts, Facts, TableFacts } from './facts.ts';
import { serverCauses } from './server-causes.ts';

/** From what was observed to what stands in the way. Pure. */
export function computeExplanation(name: string, facts: Facts): Explanation {
  return {
    name,
    at: formatMicros(facts.now),
    causes: computeCauses(facts),
    tables: facts.tables.map((table) =>
      outlookOf({ ...table, watermark: leastWatermark(table) ?? table.archivedUntil }, facts.now),
    ),
  };
}

/** The same where cycles archive. Pure. */
export function computeCycleExplanation(name: string, facts: CycleFacts): Explanation {
  return {
    name,
    at: formatMicros(facts.now),
    causes: inOrder(cycleCauses(facts)),
    tables: facts.tables.map((table) => outlookOf({ ...table, watermark: table.archivedUntil }, facts.now)),
  };
}

export function computeCauses(facts: Facts): Cause[] {
  return inOrder([...serverCauses(facts), ...sourceCauses(facts), ...archiveCauses(facts)]);
}

/** What keeps rows and marks from coming into Kafka, whoever reads the WAL. */
function sourceCauses(facts: Facts): Cause[] {
  return facts.connector === undefined ? captureCauses(facts) : connectorCauses(facts, facts.connector);
}

/** What holds the watermark now comes before what will; then the order of {@link CAUSE_CODES}. */
function inOrder(causes: readonly Cause[]): Cause[] {
  const rank = ({ holds, code }: Cause): number =>
    (holds ? 0 : CAUSE_CODES.length) + CAUSE_CODES.indexOf(code);
  return [...causes].sort((a, b) => rank(a) - rank(b));
}

function leastWatermark({ partitions }: TableFacts): Micros | null {
  const known = partitions.flatMap(({ watermark }) => (watermark === null ? [] : [watermark]));
  return known.length === 0 ? null : (Math.min(...known) as Micros);
}

function outlookOf(
  place: Pick<TableFacts, 'table' | 'sizeMicros' | 'lagMicros'> & { readonly watermark: Micros | null },
  now: Micros,
): TableOutlook {
  const { table, watermark, sizeMicros, lagMicros } = place;
  if (watermark === null) return { table, watermark: null, nextWindowEnd: null, dueInSeconds: null };
  const end = nextWindowEnd(watermark, sizeMicros);
  return {
    table,
    watermark: formatMicros(watermark),
    nextWindowEnd: formatMicros(end),
    dueInSeconds: (end + lagMicros - now) / MICROS_PER_SECOND,
  };
}
