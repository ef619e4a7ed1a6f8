import type { Sink } from '../../../src/sinks/sink.ts';

/** One call that reads. */
export interface SinkRead {
  readonly call: 'readRange' | 'size' | 'list';
  readonly name: string;
  /** Of the answer; 0 where only names come. */
  readonly bytes: number;
}

/** A sink that notes what is asked of it. */
export function countingSink(sink: Sink): { readonly sink: Sink; readonly reads: SinkRead[] } {
  const reads: SinkRead[] = [];
  const counting: Sink = {
    url: sink.url,
    check: () => sink.check(),
    sweep: () => sink.sweep(),
    createFile: (name) => sink.createFile(name),
    putObject: (name, bytes) => sink.putObject(name, bytes),
    settle: (name) => sink.settle(name),
    size: (name) => {
      reads.push({ call: 'size', name, bytes: 0 });
      return sink.size(name);
    },
    readRange: (name, range) => {
      reads.push({ call: 'readRange', name, bytes: range.length });
      return sink.readRange(name, range);
    },
    list: (prefix) => {
      reads.push({ call: 'list', name: prefix, bytes: 0 });
      return sink.list(prefix);
    },
    listFolders: (prefix) => {
      reads.push({ call: 'list', name: prefix, bytes: 0 });
      return sink.listFolders(prefix);
    },
  };
  return { sink: counting, reads };
}
