import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { countOf } from './rows.ts';
import { inTurn } from './sql.ts';
import type { Database, Sql } from './sql.ts';
import { columnsOf, hasColumns } from './tables.ts';

/** How long to wait for another process that writes: one transaction, not a whole update. */
const busyMs = 10_000;
/** Statements that are kept ready. Lists have so many lengths that not every one can be. */
const preparedMax = 100;

/** Opens a file, or makes it; `:memory:` is gone when it is closed. Throws what SQLite throws. */
export function openSqlite(file: string): Database {
  const db = new DatabaseSync(file, { timeout: busyMs, enableForeignKeyConstraints: true });
  try {
    // Readers go on while one writes; what a power cut takes back is read again.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  } catch (error) {
    db.close();
    throw error;
  }
  const sql = statementsOn(db);
  const turn = inTurn();
  const pragma = async (name: string) => countOf((await sql.all(`PRAGMA ${name}`))[0], name);
  return {
    name: file,
    all: (text, values) => turn(() => sql.all(text, values)),
    insert: (table, rows, orKeep) => turn(() => sql.insert(table, rows, orKeep)),
    // Locked for writing from the start: a reader that becomes a writer half-way could be refused.
    transaction: (work) => turn(() => between(db, 'BEGIN IMMEDIATE', () => work(sql))),
    snapshot: (work) => turn(() => between(db, 'BEGIN', () => work(sql))),
    countTables: () => turn(() => sql.countTables()),
    hasTable: (table) => turn(() => sql.hasTable(table)),
    sizeBytes: () => turn(async () => (await pragma('page_count')) * (await pragma('page_size'))),
    close: () => turn(async () => db.close()),
  };
}

function statementsOn(db: DatabaseSync): Sql {
  const prepared = new Map<string, StatementSync>();
  const prepare = (text: string): StatementSync => {
    const known = prepared.get(text);
    if (known !== undefined) return known;
    const statement = db.prepare(text);
    if (prepared.size >= preparedMax) prepared.clear();
    prepared.set(text, statement);
    return statement;
  };
  return {
    all: async (text, values = []) => prepare(text).all(...values),
    insert: async (table, rows, orKeep) => {
      const columns = columnsOf(table).map(({ name }) => name);
      const statement = prepare(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})${orKeep === undefined ? '' : ' ON CONFLICT DO NOTHING'}`,
      );
      for (const row of rows) statement.run(...row);
    },
    countTables: async () => countOf(prepare('SELECT COUNT(*) AS n FROM sqlite_schema').get(), 'n'),
    hasTable: async (table) => {
      const found = prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
      return hasColumns(table, found);
    },
  };
}

async function between<T>(db: DatabaseSync, begin: string, work: () => Promise<T>): Promise<T> {
  db.exec(begin);
  try {
    const result = await work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** SQLITE_READONLY and SQLITE_CANTOPEN. */
const unwritable = [8, 14];

/** Whether a database may not be written: of a directory, of a file or of what SQLite puts beside it. */
export function isUnwritable(error: unknown): boolean {
  // The bits above are of the particular reason.
  return unwritable.includes(((error as { readonly errcode?: number }).errcode ?? 0) & 0xff);
}
