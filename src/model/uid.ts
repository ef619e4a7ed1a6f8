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

/** The reverse of {@link joinUid}. @returns undefined when the uid is none of so many columns. */
export function splitUid(uid: string, columns: number): string[] | undefined {
  if (columns === 1) return [uid];
  const parts = [''];
  for (let at = 0; at < uid.length; at++) {
    if (uid[at] === ',') parts.push('');
    else parts.push(parts.pop()! + (uid[at] === '\\' ? (uid[++at] ?? '') : uid[at]!));
  }
  return parts.length === columns && joinUid(parts) === uid ? parts : undefined;
}
