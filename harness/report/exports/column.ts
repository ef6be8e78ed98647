/** A value of an exported row: null is not known. Times are ISO 8601. */
export type Value = string | number | boolean | null;
/** What a column holds: whole numbers are exact up to 2^53. */
export type ColumnType = 'text' | 'number' | 'whole' | 'truth' | 'time';

/** One column of a table: what CSV, Parquet and docs/exports.md are made of. Its unit is last in its name. */
export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  /** One sentence, for docs/exports.md. */
  readonly about: string;
  readonly of: (row: Row) => Value;
}

export interface Table<Row> {
  /** Also the file's: `figures`, `trials`. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
}
