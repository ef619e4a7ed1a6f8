import { formatMicros, MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { floorToWindow } from '../../model/window.ts';
import { archiveCauses } from './archive-causes.ts';
import { captureCauses } from './capture-causes.ts';
import { CAUSE_CODES } from './explanation.ts';
import type { Cause, Explanation, TableOutlook } from './explanation.ts';
import type { Facts, TableFacts } from './facts.ts';
import { serverCauses } from './server-causes.ts';

/** From what was observed to what stands in the way. Pure. */
export function computeExplanation(name: string, facts: Facts): Explanation {
  return {
    name,
    at: formatMicros(facts.now),
    causes: computeCauses(facts),
    tables: facts.tables.map((table) => outlookOf(table, facts.now)),
  };
}

/** What holds the watermark now comes before what will; then the order of {@link CAUSE_CODES}. */
export function computeCauses(facts: Facts): Cause[] {
  const causes = [...serverCauses(facts), ...captureCauses(facts), ...archiveCauses(facts)];
  const rank = ({ holds, code }: Cause): number =>
    (holds ? 0 : CAUSE_CODES.length) + CAUSE_CODES.indexOf(code);
  return causes.sort((a, b) => rank(a) - rank(b));
}

function outlookOf(
  { table, partitions, archivedUntil, sizeMicros, lagMicros }: TableFacts,
  now: Micros,
): TableOutlook {
  const known = partitions.flatMap(({ watermark }) => (watermark === null ? [] : [watermark]));
  const watermark = known.length === 0 ? archivedUntil : (Math.min(...known) as Micros);
  if (watermark === null) return { table, watermark: null, nextWindowEnd: null, dueInSeconds: null };
  const end = (floorToWindow(watermark, sizeMicros) + sizeMicros) as Micros;
  return {
    table,
    watermark: formatMicros(watermark),
    nextWindowEnd: formatMicros(end),
    dueInSeconds: (end + lagMicros - now) / MICROS_PER_SECOND,
  };
}
