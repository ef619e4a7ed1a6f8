import type { Micros } from '../model/micros.ts';
import type { RowEntry } from '../model/row.ts';
import type { Audit } from './audit-marks.ts';
import { WindowBuffer } from './window-buffer.ts';

/** The buffers of several windows, by window end. */
export class WindowSet {
  /** In order of first rows: a Map keeps the order of insertion, and a buffer is made by its first row. */
  readonly #buffers = new Map<Micros, WindowBuffer>();
  #rows = 0;
  #bytes = 0;

  get size(): number {
    return this.#buffers.size;
  }

  get rows(): number {
    return this.#rows;
  }

  /** See {@link WindowBuffer.bytes}. */
  get bytes(): number {
    return this.#bytes;
  }

  add(added: { readonly end: Micros; readonly row: RowEntry; readonly audit: Audit }): void {
    let buffer = this.#buffers.get(added.end);
    if (buffer === undefined) {
      buffer = new WindowBuffer({ offset: added.row.offset, audit: added.audit });
      this.#buffers.set(added.end, buffer);
      this.#bytes += buffer.bytes;
    }
    const bytesBefore = buffer.bytes;
    buffer.add(added.row);
    this.#rows++;
    this.#bytes += buffer.bytes - bytesBefore;
  }

  has(end: Micros): boolean {
    return this.#buffers.has(end);
  }

  get(end: Micros): WindowBuffer | undefined {
    return this.#buffers.get(end);
  }

  /** Removes a window and hands its rows over. */
  take(end: Micros): WindowBuffer | undefined {
    const buffer = this.#buffers.get(end);
    if (buffer === undefined) return undefined;
    this.#buffers.delete(end);
    this.#rows -= buffer.count;
    this.#bytes -= buffer.bytes;
    return buffer;
  }

  ends(): IterableIterator<Micros> {
    return this.#buffers.keys();
  }

  /** The buffer with the oldest row, undefined when there is none. */
  oldest(): WindowBuffer | undefined {
    return this.#buffers.values().next().value;
  }

  /** The window of those named that holds most bytes, the earliest of equals. */
  fullest(ends: Iterable<Micros>): { readonly end: Micros; readonly bytes: number } | undefined {
    let best: { readonly end: Micros; readonly bytes: number } | undefined;
    for (const end of ends) {
      const bytes = this.#buffers.get(end)?.bytes;
      if (bytes === undefined) continue;
      const isFuller = best === undefined || bytes > best.bytes || (bytes === best.bytes && end < best.end);
      if (isFuller) best = { end, bytes };
    }
    return best;
  }
}
