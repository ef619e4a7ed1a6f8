import type { LogLines } from '../cli/log-lines.ts';

/** Where a running command serves its metrics, as its log says. */
export async function servedUrl(log: LogLines): Promise<string> {
  return String((await log.until(({ msg }) => msg === 'metrics are served'))['url']);
}

/** @returns the samples of a scrape by name and labels. */
export async function scrape(url: string): Promise<Map<string, number>> {
  return samplesOf(await (await fetch(`${url}/metrics`)).text());
}

/** @returns what the text of a scrape says, by name and labels. */
export function samplesOf(text: string): Map<string, number> {
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line): [string, number] => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
