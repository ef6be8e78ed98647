/** What a row holds: texts, numbers and nothing. Truths are 0 and 1, times are milliseconds since 1970. */
export type SqlValue = string | number | null;
/** As a database gave it: checked by whoever reads it (`rows.ts`). */
export type SqlRow = Readonly<Record<string, unknown>>;

/** Statements of one transaction. Their SQL is plain, the same for every database; values stand as `?`. */
export interface Sql {
  /** The rows of a query; none of another statement. */
  all(text: string, values?: readonly SqlValue[]): Promise<SqlRow[]>;
  /** Adds rows to a table, each with a value for every column in the order of `tables.ts`. `orKeep` leaves a row that is there already as it is. */
  insert(table: TableName, rows: readonly (readonly SqlValue[])[], orKeep?: 'orKeep'): Promise<void>;
  /** How many tables, views and the like there are where those of an index would be, whoever made them. */
  countTables(): Promise<number>;
  /** Whether there is a table of an index with these columns. */
  hasTable(table: TableName): Promise<boolean>;
}

/** A database that may hold an index. What is asked of it outside of a transaction is one of its own; all waits for its turn. */
export interface Database extends Sql {
  /** A file, or the address of a server, without a password: for messages. */
  readonly name: string;
  /** All of it or none. Nobody else writes meanwhile, and what others wrote before is seen. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Reads the state of one moment, whoever writes meanwhile. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Of all that it holds, bytes. */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}

export type TableName = 'meta' | 'origins' | 'archives' | 'documents' | 'runs' | 'series' | 'figures';

/** More values than this in one statement no database takes kindly. */
const valuesMax = 500;

/** A query with a list in it, `… IN (?)`, asked for as many values at once as are well taken; `before` are the values that stand before the list. */
export async function allIn(
  sql: Sql,
  text: string,
  list: readonly SqlValue[],
  before: readonly SqlValue[] = [],
): Promise<SqlRow[]> {
  const rows: SqlRow[] = [];
  for (let i = 0; i < list.length; i += valuesMax) {
    const part = list.slice(i, i + valuesMax);
    const marks = part.map(() => '?').join(', ');
    for (const row of await sql.all(text.replace('IN (?)', `IN (${marks})`), [...before, ...part]))
      rows.push(row);
  }
  return rows;
}

/** Runs work in the order it was asked for: a connection has one transaction at a time. */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
}
