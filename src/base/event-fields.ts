/** The fields of a message that should be a CloudEvent of ours. Anybody may have written it, so nothing is believed. */
export class EventFields {
  readonly #value: unknown;

  private constructor(value: unknown) {
    this.#value = value;
  }

  /** @returns undefined when the text is no JSON object. */
  static parse(json: string): EventFields | undefined {
    try {
      const value: unknown = JSON.parse(json);
      return typeof value === 'object' && value !== null ? new EventFields(value) : undefined;
    } catch {
      // Not ours; the caller says what it does with such a message.
      return undefined;
    }
  }

  has(...path: readonly string[]): boolean {
    return this.#at(path) !== undefined;
  }

  text(...path: readonly string[]): string | undefined {
    const value = this.#at(path);
    return typeof value === 'string' ? value : undefined;
  }

  /** True only for `true`. */
  is(...path: readonly string[]): boolean {
    return this.#at(path) === true;
  }

  count(...path: readonly string[]): number | undefined {
    const value = this.#at(path);
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  }

  /** How many items a list has. */
  length(...path: readonly string[]): number | undefined {
    const value = this.#at(path);
    return Array.isArray(value) ? value.length : undefined;
  }

  #at(path: readonly string[]): unknown {
    let value = this.#value;
    for (const key of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string, unknown>)[key];
    }
    return value;
  }
}
