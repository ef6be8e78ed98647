import { DatabaseSync } from 'node:sqlite';
import { exitCode, UserError } from '../../model/errors.ts';

/** Where the index of a directory of runs is, below it. */
export const indexFile = '.index.sqlite';

/** Raised with every change of the tables, of the fingerprint or of what becomes a figure: an index of another version is built anew. */
export const indexVersion = '3';

/** How long to wait for another process that writes: one transaction, not a whole update. */
const busyMs = 10_000;

/**
 * Plain SQL, so that a shared index of a lab can have the same tables and queries: numbers of rows are given by us, times are milliseconds since 1970,
 * truths are 0 and 1.
 */
const tables = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE archives (
  path TEXT PRIMARY KEY,
  stamp TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('sound', 'partial', 'refused')),
  reason TEXT
);
CREATE TABLE documents (digest TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE runs (
  run_id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE REFERENCES archives (path) ON DELETE CASCADE,
  id TEXT NOT NULL,
  started_at TEXT NOT NULL,
  started_ms DOUBLE PRECISION NOT NULL,
  finished_ms DOUBLE PRECISION,
  testbed TEXT NOT NULL,
  fingerprint TEXT NOT NULL REFERENCES documents (digest),
  git_commit TEXT,
  is_dirty INTEGER NOT NULL
);
CREATE TABLE series (
  series_id INTEGER PRIMARY KEY,
  testbed TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  settings TEXT NOT NULL REFERENCES documents (digest),
  cell TEXT NOT NULL,
  metric TEXT NOT NULL,
  UNIQUE (testbed, fingerprint, settings, cell, metric)
);
CREATE TABLE figures (
  series_id INTEGER NOT NULL REFERENCES series (series_id),
  started_ms DOUBLE PRECISION NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
  verdict TEXT NOT NULL,
  value DOUBLE PRECISION,
  control DOUBLE PRECISION,
  PRIMARY KEY (series_id, started_ms, run_id)
);
CREATE INDEX figures_of_run ON figures (run_id);
`;
const tableNames = ['figures', 'series', 'runs', 'documents', 'archives', 'meta'];

/** An open index. It holds nothing that the archives do not: deleting its file loses nothing. */
export interface RunIndex {
  readonly file: string;
  readonly db: DatabaseSync;
  close(): void;
}

/**
 * Opens an index, or makes it. Several processes may have it open and update it at once. Throws UserError (2) where the file is something else, or
 * cannot be written. `:memory:` is one that is gone when it is closed.
 */
export function openIndex(file: string): RunIndex {
  try {
    return open(file);
  } catch (error) {
    throw explained(file, error);
  }
}

/** The same, but in memory where the file cannot be written: reading runs takes no right to write beside them. */
export function openIndexOrMemory(file: string): RunIndex {
  try {
    return open(file);
  } catch (error) {
    if (isUnwritable(error)) return open(':memory:');
    throw explained(file, error);
  }
}

/** SQLITE_READONLY and SQLITE_CANTOPEN. */
const unwritable = [8, 14];

/** Whether a database may not be written: of a directory, of a file or of what SQLite puts beside it. */
export function isUnwritable(error: unknown): boolean {
  // The bits above are of the particular reason.
  return unwritable.includes(((error as { readonly errcode?: number }).errcode ?? 0) & 0xff);
}

function open(file: string): RunIndex {
  const db = new DatabaseSync(file, { timeout: busyMs, enableForeignKeyConstraints: true });
  try {
    // Readers go on while one writes; what a power cut takes back is read again.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    prepareTables(db, file);
    return { file, db, close: () => db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

function explained(file: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError(exitCode.badInput, `${file} is no index of runs (${reason}): ${remedy}.`);
}

const remedy = 'delete it, nothing is lost, since the runs are the truth; or give another file';

function prepareTables(db: DatabaseSync, file: string): void {
  if (versionOf(db) === indexVersion) return;
  transaction(db, () => {
    // Another process may have been faster.
    const version = versionOf(db);
    if (version === indexVersion) return;
    if (version === null && countTables(db) > 0)
      throw new UserError(
        exitCode.badInput,
        `${file} is a database of another program, no index of runs: give another file.`,
      );
    if (version !== null) for (const name of tableNames) db.exec(`DROP TABLE IF EXISTS ${name}`);
    db.exec(tables);
    db.prepare("INSERT INTO meta (key, value) VALUES ('netvm-index', ?)").run(indexVersion);
  });
}

/** Null where it has none. */
function versionOf(db: DatabaseSync): string | null {
  const hasMeta = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'").get();
  if (hasMeta === undefined) return null;
  const row = db.prepare("SELECT value FROM meta WHERE key = 'netvm-index'").get();
  return typeof row?.['value'] === 'string' ? row['value'] : null;
}

function countTables(db: DatabaseSync): number {
  return Number(db.prepare('SELECT COUNT(*) AS count FROM sqlite_schema').get()?.['count']);
}

/** All of it or none. Locked for writing from the start: a reader that becomes a writer half-way could be refused. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  return between(db, 'BEGIN IMMEDIATE', work);
}

/** Reads the state of one moment, whoever writes meanwhile. */
export function snapshot<T>(db: DatabaseSync, work: () => T): T {
  return between(db, 'BEGIN', work);
}

function between<T>(db: DatabaseSync, begin: string, work: () => T): T {
  db.exec(begin);
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
