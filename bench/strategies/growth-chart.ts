import { formatBytesShort } from '../../src/cli/text-table.ts';
import { logScale } from './log-scale.ts';
import type { LogScale } from './log-scale.ts';
import { updateInServerMs, updateWalBytes } from './strategies-report.ts';
import type { StrategiesReport } from './strategies-report.ts';
import type { StrategyCost } from './strategy-cost.ts';
import { STRATEGIES } from './strategy.ts';
import type { StrategyName } from './strategy.ts';

interface Panel {
  readonly title: string;
  readonly value: (cost: StrategyCost) => number;
  readonly tick: (value: number) => string;
}

const PANELS: readonly Panel[] = [
  { title: 'total time', value: ({ totalMs }) => totalMs, tick: timeTick },
  { title: 'UPDATE time in the server', value: updateInServerMs, tick: timeTick },
  { title: 'WAL of the UPDATEs', value: updateWalBytes, tick: byteTick },
  { title: 'all WAL', value: ({ walBytes }) => walBytes, tick: byteTick },
];

/** Told apart by people who see colours otherwise, too (Okabe and Ito), and by their marks. */
const LOOKS: Readonly<Record<StrategyName, { color: string; label: string }>> = {
  perRecord: { color: '#d55e00', label: 'per-record' },
  watermark: { color: '#0072b2', label: 'watermark' },
  stream: { color: '#009e73', label: 'stream' },
  script: { color: '#cc79a7', label: 'script' },
};

const PANEL = { width: 300, height: 240, left: 70, right: 14, top: 34, bottom: 40 };
/** `100K`, `1M`. */
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact' });

const COLUMNS = 2;
const LEGEND_HEIGHT = 34;

/** An SVG: how each cost grows with the rows, one line a strategy, both axes logarithmic. */
export function growthChart(reports: readonly StrategiesReport[]): string {
  const sorted = [...reports].sort((a, b) => a.rows - b.rows);
  const width = COLUMNS * PANEL.width;
  const height = Math.ceil(PANELS.length / COLUMNS) * PANEL.height + LEGEND_HEIGHT;
  const panels = PANELS.map((panel, index) => {
    const [x, y] = [(index % COLUMNS) * PANEL.width, Math.floor(index / COLUMNS) * PANEL.height];
    return `<g transform="translate(${x} ${y + LEGEND_HEIGHT})">\n${panelSvg(panel, sorted)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11" role="img" aria-label="Cost of each strategy by rows">
<rect width="${width}" height="${height}" fill="#fff"/>
${legend(sorted)}
${panels.join('\n')}
</svg>
`;
}

function legend(reports: readonly StrategiesReport[]): string {
  const names = STRATEGIES.filter((name) => reports.some(({ strategies }) => strategies[name] !== undefined));
  return names
    .map((name, index) => {
      const { color, label } = LOOKS[name];
      const x = PANEL.left + index * 110;
      return `<circle cx="${x}" cy="18" r="4" fill="${color}"/><text x="${x + 9}" y="22">${label}</text>`;
    })
    .join('\n');
}

interface Point {
  readonly rows: number;
  readonly value: number;
}

function panelSvg(panel: Panel, reports: readonly StrategiesReport[]): string {
  const lines = STRATEGIES.map((name) => ({ name, points: pointsOf(reports, name, panel) }));
  const values = lines.flatMap(({ points }) => points.map(({ value }) => value));
  const title = `<text x="${PANEL.left}" y="20" font-weight="600">${panel.title}</text>`;
  if (values.length === 0) return title;
  const xScale = logScale(reports.map(({ rows }) => rows));
  const yScale = logScale(values);
  const marks = lines.map(({ name, points }) => lineSvg(points, { xScale, yScale, ...LOOKS[name] }));
  return [title, axes(panel, xScale, yScale), ...marks].join('\n');
}

/** A logarithm has no place for nought. */
function pointsOf(reports: readonly StrategiesReport[], name: StrategyName, panel: Panel): Point[] {
  return reports
    .flatMap(({ rows, strategies }) => {
      const cost = strategies[name];
      return cost === undefined ? [] : [{ rows, value: panel.value(cost) }];
    })
    .filter(({ value }) => value > 0);
}

function xAt(scale: LogScale, value: number): number {
  return round(PANEL.left + scale.place(value) * (PANEL.width - PANEL.left - PANEL.right));
}

function yAt(scale: LogScale, value: number): number {
  return round(PANEL.height - PANEL.bottom - scale.place(value) * (PANEL.height - PANEL.top - PANEL.bottom));
}

function axes(panel: Panel, xScale: LogScale, yScale: LogScale): string {
  const [right, bottom] = [PANEL.width - PANEL.right, PANEL.height - PANEL.bottom];
  const horizontal = yScale.decades.map((value) => {
    const y = yAt(yScale, value);
    return `<path d="M${PANEL.left} ${y}H${right}" stroke="#ddd"/><text x="${PANEL.left - 6}" y="${y + 4}" text-anchor="end" fill="#555">${panel.tick(value)}</text>`;
  });
  const vertical = xScale.decades.map((value) => {
    const x = xAt(xScale, value);
    return `<path d="M${x} ${PANEL.top}V${bottom}" stroke="#eee"/><text x="${x}" y="${bottom + 15}" text-anchor="middle" fill="#555">${COMPACT.format(value)}</text>`;
  });
  const caption = `<text x="${(PANEL.left + right) / 2}" y="${bottom + 30}" text-anchor="middle" fill="#555">rows</text>`;
  return [...horizontal, ...vertical, caption].join('\n');
}

function lineSvg(
  points: readonly Point[],
  { xScale, yScale, color }: { xScale: LogScale; yScale: LogScale; color: string },
): string {
  const places = points.map(({ rows, value }) => [xAt(xScale, rows), yAt(yScale, value)] as const);
  const line = places.map(([x, y]) => `${x},${y}`).join(' ');
  const dots = places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${color}"/>`);
  return [`<polyline points="${line}" fill="none" stroke="${color}" stroke-width="1.5"/>`, ...dots].join('');
}

/** Of powers of ten: `10 ms`, `100 s`. */
function timeTick(ms: number): string {
  return ms < 1_000 ? `${Number(ms.toPrecision(1))} ms` : `${(ms / 1_000).toLocaleString('en-US')} s`;
}

function byteTick(bytes: number): string {
  return formatBytesShort(bytes).replace(/\.0+ /, ' ');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
