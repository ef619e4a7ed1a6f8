import { columnType } from './column-type.ts';
import { malformed } from './pgoutput.ts';
import type { RelationColumn } from './pgoutput.ts';
import type { TypeFacts } from './type-facts.ts';

/** The member of a row's line that holds the types of the others. */
export const TYPES_MEMBER = '$types';

/**
 * What the line of a row without a file says of its columns: `"$types":{"uid":"uuid NOT NULL","price":"numeric(12,2)"}`,
 * each as `CREATE TABLE` would have it. It stands in every line, so that a row can be read by itself wherever it is,
 * and rows from before and after an ALTER TABLE may share a shard.
 */
export class RowTypes {
  readonly #columns: readonly string[];
  readonly #types: string[];
  readonly #isNotNull: boolean[];
  #json: string;

  /** @throws TidemarkError ERR_STREAM_INVALID when a column has a type that was never named. */
  constructor(columns: readonly RelationColumn[], { names, notNull }: TypeFacts) {
    this.#columns = columns.map(({ name }) => JSON.stringify(name));
    this.#types = columns.map((column) => {
      const type = columnType(column, names);
      if (type === undefined) throw malformed(`a column of type ${column.typeOid}, which was not announced`);
      return type;
    });
    this.#isNotNull = columns.map(({ name }) => notNull.has(name));
    this.#json = this.#toJson();
  }

  /** The member, name and all. */
  get json(): string {
    return this.#json;
  }

  /**
   * A row shows that a column takes NULL, whatever the catalog said when the session began: NOT NULL may have been
   * dropped since, and the stream does not tell.
   */
  takeNull(at: number): void {
    if (this.#isNotNull[at] !== true) return;
    this.#isNotNull[at] = false;
    this.#json = this.#toJson();
  }

  #toJson(): string {
    const members = this.#columns.map((name, at) => {
      const type = `${this.#types[at]!}${this.#isNotNull[at] === true ? ' NOT NULL' : ''}`;
      return `${name}:${JSON.stringify(type)}`;
    });
    return `${JSON.stringify(TYPES_MEMBER)}:{${members.join(',')}}`;
  }
}
