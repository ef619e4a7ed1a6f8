import type { AnnouncedType } from './pgoutput.ts';
import { quoteIdentifier } from './postgres-session.ts';
import type { TypeFacts } from './type-facts.ts';

/** A name that SQL takes without quotes, keywords aside: those are quoted by nobody who reads them here. */
const PLAIN_NAME = /^[a-z_][a-z0-9_$]*$/;

/**
 * The types of the streamed tables: what the catalog said when the session began, and what the stream names since.
 * The catalog's word goes first, because the stream leaves out the modifiers below a domain and calls an array `_mood`.
 */
export class StreamTypes {
  readonly #facts: ReadonlyMap<string, TypeFacts>;
  readonly #announced = new Map<number, string>();

  /** @param facts by `schema.name`; only of tables whose rows say their types. */
  constructor(facts: ReadonlyMap<string, TypeFacts>) {
    this.#facts = facts;
  }

  announce({ oid, schema, name }: AnnouncedType): void {
    const plain = [schema, name].filter((part) => part !== '').map(quoteWhereNeeded);
    this.#announced.set(oid, plain.join('.'));
  }

  /** @returns null for a table whose rows do not say their types. */
  of(table: string): TypeFacts | null {
    const facts = this.#facts.get(table);
    if (facts === undefined) return null;
    return { ...facts, names: new Map([...this.#announced, ...facts.names]) };
  }
}

function quoteWhereNeeded(name: string): string {
  return PLAIN_NAME.test(name) ? name : quoteIdentifier(name);
}
