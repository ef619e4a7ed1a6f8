/** Windows of two seconds that are archived four seconds later: a day in the life, sped up. */
export const WINDOW_SECONDS = 2;
export const LAG_SECONDS = 4;
const LATENESS_SECONDS = 2;

/** The configuration file that a user would write. */
export function tidemarkYaml(options: {
  name: string;
  databaseUrl: string;
  kafkaBrokers: readonly string[];
  sinkUrl: string;
  sourceFolder: string;
  partitions: number;
  servePort: number;
}): string {
  return `# Written by the demo. docs/configuration.md has every key.
name: ${options.name}
postgres: { url: ${JSON.stringify(options.databaseUrl)} }
kafka:    { brokers: ${JSON.stringify(options.kafkaBrokers)} }
sink:     { url: ${JSON.stringify(options.sinkUrl)} }
tables:
  - name: public.files
    window: { size: ${WINDOW_SECONDS}s }
    lag: ${LAG_SECONDS}s
    lateness: ${LATENESS_SECONDS}s
    source: { roots: [${JSON.stringify(options.sourceFolder)}] }
    partitions: ${options.partitions}
# A killed process is missed after six seconds, not thirty.
archive: { sessionTimeout: 6s }
serve:   { port: ${options.servePort} }
`;
}
