/** What one number of created_at means. */
export type TimeUnit = 'micros' | 'millis' | 'nanos';

/** Names of Debezium 3.6 and Kafka Connect for whole-number timestamps. */
const UNIT_BY_SCHEMA: Readonly<Record<string, TimeUnit>> = {
  'io.debezium.time.Timestamp': 'millis',
  'io.debezium.time.MicroTimestamp': 'micros',
  'io.debezium.time.NanoTimestamp': 'nanos',
  'org.apache.kafka.connect.data.Timestamp': 'millis',
};

interface SchemaField {
  readonly field?: unknown;
  readonly name?: unknown;
  readonly fields?: unknown;
}

/**
 * Finds the unit of a column in the `schema` half of a record. Records repeat their schema word for word, so the
 * last answer is remembered.
 *
 * @returns a function from the schema's JSON text; without a schema a number means microseconds, Debezium's unit
 * for `timestamp` columns of the default precision.
 */
export function timeUnits(column: string): (schemaJson: string) => TimeUnit {
  let lastJson: string | undefined;
  let lastUnit: TimeUnit = 'micros';
  return (schemaJson) => {
    if (schemaJson !== lastJson) {
      lastUnit = unitOf(JSON.parse(schemaJson), column);
      lastJson = schemaJson;
    }
    return lastUnit;
  };
}

function unitOf(schema: unknown, column: string): TimeUnit {
  const after = fieldsOf(schema).find(({ field }) => field === 'after');
  const name = fieldsOf(after).find(({ field }) => field === column)?.name;
  return (typeof name === 'string' ? UNIT_BY_SCHEMA[name] : undefined) ?? 'micros';
}

function fieldsOf(schema: unknown): SchemaField[] {
  const fields = (schema as SchemaField | null | undefined)?.fields;
  return Array.isArray(fields)
    ? fields.filter((field): field is SchemaField => typeof field === 'object' && field !== null)
    : [];
}
