import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { CleanUp } from './clean-up.ts';
import { findCorpus } from './corpus.ts';
import type { CorpusFile } from './corpus.ts';
import { DemoBucket } from './demo-bucket.ts';
import type { DemoOptions } from './demo-options.ts';
import { insertEarlierRows } from './earlier-rows.ts';
import { deleteTopics } from './kafka-topics.ts';
import type { Screen } from './screen.ts';
import { createDemoDatabase, createFilesTable } from './source-table.ts';
import { mustRun } from './tidemark-process.ts';
import { LAG_SECONDS, tidemarkYaml, WINDOW_SECONDS } from './tidemark-yaml.ts';

/** Where everything stands, once it is prepared. */
export interface Scene {
  readonly options: DemoOptions;
  readonly screen: Screen;
  readonly cleanUp: CleanUp;
  readonly signal: AbortSignal;
  readonly databaseUrl: string;
  readonly servePort: number;
  readonly corpus: readonly CorpusFile[];
  readonly sourceFolder: string;
  /** The archive itself, or what was downloaded of its bucket. */
  readonly archiveFolder: string;
  readonly bucket: DemoBucket | null;
  readonly extractedFolder: string;
  readonly logPath: string;
}

const PARTITIONS = 3;

/** A table with rows, a configuration file, and `tidemark init` and `check` as a user would run them. */
export async function prepareScene(
  base: Pick<Scene, 'options' | 'screen' | 'cleanUp' | 'signal'>,
): Promise<Scene> {
  const { options, screen, cleanUp, signal } = base;
  const { folder, seed } = options;
  const [sourceFolder, archiveFolder] = [join(folder, 'source'), join(folder, 'archive')];
  rmSync(folder, { recursive: true, force: true });
  for (const path of [sourceFolder, archiveFolder]) mkdirSync(path, { recursive: true });

  const name = `demo_${process.pid}_${Date.now().toString(36)}`;
  const database = await createDemoDatabase({ adminUrl: options.postgresUrl, name });
  cleanUp.add(() => database.drop());
  cleanUp.add(() => deleteTopics({ brokers: options.kafkaBrokers, prefix: `${name}.` }));
  await createFilesTable(database.url);

  const corpus = findCorpus({ folder: options.corpusFolder, count: options.corpusFiles });
  screen.say(
    `${corpus.length.toLocaleString('en-US')} source files of the installed packages are the corpus`,
  );
  await insertEarlierRows({
    databaseUrl: database.url,
    sourceFolder,
    corpus,
    count: options.rowsBefore,
    seed,
  });
  screen.say(`${options.rowsBefore.toLocaleString('en-US')} rows stand in the table before Tidemark sees it`);

  const bucket = options.s3Url === null ? null : await DemoBucket.make({ s3Url: options.s3Url, name });
  cleanUp.add(() => bucket?.remove() ?? Promise.resolve());
  if (bucket !== null) screen.say(`the archive goes to ${bucket.sinkUrl}`);
  const servePort = await freePort();
  const yaml = tidemarkYaml({
    name,
    databaseUrl: database.url,
    kafkaBrokers: options.kafkaBrokers,
    sinkUrl: bucket?.sinkUrl ?? `file://${archiveFolder}`,
    sourceFolder,
    partitions: PARTITIONS,
    servePort,
  });
  writeFileSync(join(folder, 'tidemark.yaml'), yaml);
  screen.say(`tidemark.yaml: windows of ${WINDOW_SECONDS} s, archived ${LAG_SECONDS} s later`);
  for (const command of ['init', 'check']) {
    await mustRun({ args: [command], folder, signal });
    screen.say(`tidemark ${command}: done`);
  }
  return {
    ...base,
    databaseUrl: database.url,
    servePort,
    corpus,
    sourceFolder,
    archiveFolder,
    bucket,
    extractedFolder: join(folder, 'extracted'),
    logPath: join(folder, 'tidemark.log'),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
