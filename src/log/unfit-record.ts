import type { RejectReason } from '../model/row.ts';

/** What makes a record unfit for the archive; `decodeRecord` turns it into a poison entry. */
export class UnfitRecord extends Error {
  readonly reason: RejectReason;
  readonly uid: string | null;

  constructor(reason: RejectReason, detail: string, uid: string | null = null) {
    super(detail);
    this.reason = reason;
    this.uid = uid;
  }
}
