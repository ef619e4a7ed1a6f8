import { Events } from '../../../src/base/event-map.ts';
import { openSink } from '../../../src/sinks/open-sink.ts';
import { createSealer } from '../../../src/sinks/sealer.ts';
import type { TestRow } from './seal-rows.ts';
import { request, sealerDefaults } from './seal-request.ts';

/** What a child process is asked to seal; given as JSON in its one argument. */
export interface SealJob {
  readonly rows: readonly TestRow[];
  readonly root: string;
  readonly archive: string;
}

const { rows, root, archive } = JSON.parse(process.argv[2]!) as SealJob;
const sink = openSink(`file://${archive}`);
const sealer = createSealer({ ...sealerDefaults({ sink, root, events: new Events() }), filesMax: 2 });
await sealer.seal(request(rows), new AbortController().signal);
await sealer.close();
