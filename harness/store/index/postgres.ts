import pg from 'pg';
import { exitCode, UserError } from '../../model/errors.ts';
import { nameOf } from './postgres-address.ts';
import { explained } from './postgres-errors.ts';
import { countOf, textOf } from './rows.ts';
import { inTurn } from './sql.ts';
import type { Database, Sql, SqlRow, SqlValue } from './sql.ts';
import { columnsOf, hasColumns } from './tables.ts';

const connectMs = 10_000;
/** Of each connection: how long it waits for another one that writes, and how long one that has died in mid-transaction may keep others waiting. */
const settings = "SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'";
/** Whoever writes to an index holds this lock of the database: any number that is ours alone. */
const writersLock = 7_364_001;
/** The oldest that is looked after, and that gives numbers back as they were given to it. */
const versionMin = 120_000;
/** In one statement: some hundred kilobytes. */
const rowsMax = 5_000;

/** Connects to a server. Throws UserError (3) where it cannot be reached, (2) where it does not want us or cannot be used. */
export async function openPostgres(address: string): Promise<Database> {
  const name = nameOf(address);
  const client = new pg.Client({
    connectionString: address,
    application_name: 'netvm',
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
  });
  // A connection that is lost while nothing is asked is told to whoever asks next.
  client.on('error', () => {});
  const ask = async (text: string, values: readonly unknown[] = []): Promise<SqlRow[]> => {
    try {
      return (await client.query<SqlRow>(text, [...values])).rows ?? [];
    } catch (error) {
      throw explained(name, error);
    }
  };
  try {
    await client.connect();
    await client.query(settings);
    await refuseUnusable(name, ask);
  } catch (error) {
    await client.end().catch(() => {});
    throw explained(name, error);
  }
  return databaseOn(client, name, ask);
}

type Ask = (text: string, values?: readonly unknown[]) => Promise<SqlRow[]>;

async function refuseUnusable(name: string, ask: Ask): Promise<void> {
  const [row = {}] = await ask(
    "SELECT current_setting('server_encoding') AS encoding, current_setting('server_version_num') AS version",
  );
  if (textOf(row, 'encoding') !== 'UTF8')
    throw new UserError(
      exitCode.badInput,
      `${name} has the encoding ${textOf(row, 'encoding')}, which cannot hold every name; expected UTF8: make another database (createdb --encoding UTF8 --template template0 NAME).`,
    );
  if (countOf(row, 'version') < versionMin)
    throw new UserError(exitCode.badInput, `${name} is a PostgreSQL older than 12: use a newer server.`);
}

function databaseOn(client: pg.Client, name: string, ask: Ask): Database {
  const sql: Sql = {
    all: (text, values) => ask(numbered(text), values),
    insert: async (table, rows, orKeep) => {
      const columns = columnsOf(table);
      const arrays = columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(', ');
      const text = `INSERT INTO ${table} (${columns.map((column) => column.name).join(', ')}) SELECT * FROM unnest(${arrays})${orKeep === undefined ? '' : ' ON CONFLICT DO NOTHING'}`;
      for (let i = 0; i < rows.length; i += rowsMax) {
        const part = rows.slice(i, i + rowsMax);
        await ask(
          text,
          columns.map((_, column) => part.map((row): SqlValue => row[column] ?? null)),
        );
      }
    },
    countTables: async () =>
      countOf(
        (
          await ask(
            "SELECT COUNT(*) AS n FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')",
          )
        )[0],
        'n',
      ),
    hasTable: async (table) =>
      hasColumns(
        table,
        await ask(
          'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1',
          [table],
        ),
      ),
  };
  const turn = inTurn();
  return {
    name,
    all: (text, values) => turn(() => sql.all(text, values)),
    insert: (table, rows, orKeep) => turn(() => sql.insert(table, rows, orKeep)),
    // What was committed while the lock was waited for must be seen.
    transaction: (work) =>
      turn(() =>
        between(ask, 'BEGIN ISOLATION LEVEL READ COMMITTED', async () => {
          await ask('SELECT pg_advisory_xact_lock($1)', [writersLock]);
          return work(sql);
        }),
      ),
    snapshot: (work) =>
      turn(() => between(ask, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', () => work(sql))),
    countTables: () => turn(() => sql.countTables()),
    hasTable: (table) => turn(() => sql.hasTable(table)),
    sizeBytes: async () => countOf((await ask('SELECT pg_database_size(current_database()) AS n'))[0], 'n'),
    close: () => turn(() => client.end().catch(() => {})),
  };
}

/** `?` in our statements stands for nothing else. */
function numbered(text: string): string {
  let last = 0;
  return text.replace(/\?/g, () => `$${++last}`);
}

async function between<T>(ask: Ask, begin: string, work: () => Promise<T>): Promise<T> {
  await ask(begin);
  try {
    const result = await work();
    await ask('COMMIT');
    return result;
  } catch (error) {
    // Of a connection that is gone the server has taken it back already.
    await ask('ROLLBACK').catch(() => {});
    throw error;
  }
}
