/** The columns that tell a row of a table from every other: one, or several in this order. */
export type UidColumns = string | readonly string[];

export function listUidColumns(uid: UidColumns): readonly string[] {
  return typeof uid === 'string' ? [uid] : uid;
}

/**
 * The uid of a row from the text of each of its columns. One column is its text; several are joined by commas, with a
 * backslash before a comma or a backslash of their own, so that no two rows have one uid.
 */
export function joinUid(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0]! : parts.map((part) => part.replace(/[\\,]/g, '\\$&')).join(',');
}
