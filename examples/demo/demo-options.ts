/** Sizes and places of one demonstration; a small one runs in the tests. */
export interface DemoOptions {
  /** Emptied first; holds tidemark.yaml, source/, archive/ and extracted/ afterwards. */
  readonly folder: string;
  /** The superuser's URL of a server with wal_level=logical; the demo makes a database of its own. */
  readonly postgresUrl: string;
  readonly kafkaBrokers: readonly string[];
  /** `http://ACCESS:SECRET@host:port` of a store to archive into; null archives into a folder. */
  readonly s3Url: string | null;
  /** Where the corpus is found: the installed packages. */
  readonly corpusFolder: string;
  /** Different files to archive. */
  readonly corpusFiles: number;
  /** Rows that stand in the table before Tidemark sees it. */
  readonly rowsBefore: number;
  /** Clients that insert at the same time. */
  readonly writers: number;
  /** How long they do. */
  readonly writeSeconds: number;
  /** Rows a second that they aim at, together. */
  readonly rowsPerSecond: number;
  /** When, after the writers began, the archiver is killed with SIGKILL. */
  readonly killAfterSeconds: number;
  /** How long it stays dead. */
  readonly downSeconds: number;
  /** Gives up when the archive has not caught up by then. */
  readonly catchUpSecondsMax: number;
  /** Repeats the same choices of rows. */
  readonly seed: number;
}

export const DEMO_SIZES = {
  corpusFiles: 4_000,
  rowsBefore: 2_000,
  writers: 8,
  writeSeconds: 60,
  rowsPerSecond: 250,
  killAfterSeconds: 25,
  downSeconds: 5,
  catchUpSecondsMax: 90,
} as const;

/** The demo's own folder below the repository, left behind for a look around. */
export const DEMO_FOLDER = 'demo-archive';
