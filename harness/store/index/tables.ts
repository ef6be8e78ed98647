import type { SqlRow, TableName } from './sql.ts';

/** Raised with every change of the tables, of the fingerprint or of what becomes a figure. */
export const indexVersion = '4';

interface Table {
  /** By their names; a definition begins with the column's type. */
  readonly columns: Readonly<Record<string, string>>;
  readonly rules?: readonly string[];
}

/**
 * The tables of every index, in plain SQL: SQLite and PostgreSQL have the same ones. Rows are numbered by us, since each has its own way to do it. No text that
 * an archive can make long is in a key: where one would be, a digest is.
 */
const tables: Readonly<Record<TableName, Table>> = {
  meta: { columns: { key: 'TEXT PRIMARY KEY', value: 'TEXT NOT NULL' } },
  // A directory of runs on a machine. Of an index that lies in its directory there is one, and nothing in it.
  origins: {
    columns: {
      origin_id: 'INTEGER PRIMARY KEY',
      machine: 'TEXT NOT NULL',
      host: 'TEXT NOT NULL',
      dir: 'TEXT NOT NULL',
    },
    rules: ['UNIQUE (machine, host, dir)'],
  },
  archives: {
    columns: {
      origin_id: 'INTEGER NOT NULL REFERENCES origins (origin_id) ON DELETE CASCADE',
      path: 'TEXT NOT NULL',
      stamp: 'TEXT NOT NULL',
      state: "TEXT NOT NULL CHECK (state IN ('sound', 'partial', 'refused'))",
      reason: 'TEXT',
    },
    rules: ['PRIMARY KEY (origin_id, path)'],
  },
  documents: { columns: { digest: 'TEXT PRIMARY KEY', text: 'TEXT NOT NULL' } },
  runs: {
    columns: {
      run_id: 'INTEGER PRIMARY KEY',
      origin_id: 'INTEGER NOT NULL',
      path: 'TEXT NOT NULL',
      id: 'TEXT NOT NULL',
      sum: 'TEXT',
      started_at: 'TEXT NOT NULL',
      started_ms: 'DOUBLE PRECISION NOT NULL',
      finished_ms: 'DOUBLE PRECISION',
      testbed: 'TEXT NOT NULL',
      fingerprint: 'TEXT NOT NULL REFERENCES documents (digest)',
      git_commit: 'TEXT',
      is_dirty: 'INTEGER NOT NULL',
    },
    rules: [
      'UNIQUE (origin_id, path)',
      'FOREIGN KEY (origin_id, path) REFERENCES archives (origin_id, path) ON DELETE CASCADE',
    ],
  },
  series: {
    columns: {
      series_id: 'INTEGER PRIMARY KEY',
      digest: 'TEXT NOT NULL UNIQUE',
      testbed: 'TEXT NOT NULL',
      fingerprint: 'TEXT NOT NULL',
      settings: 'TEXT NOT NULL REFERENCES documents (digest)',
      cell: 'TEXT NOT NULL',
      metric: 'TEXT NOT NULL',
    },
  },
  figures: {
    columns: {
      series_id: 'INTEGER NOT NULL REFERENCES series (series_id)',
      started_ms: 'DOUBLE PRECISION NOT NULL',
      run_id: 'INTEGER NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE',
      verdict: 'TEXT NOT NULL',
      value: 'DOUBLE PRECISION',
      control: 'DOUBLE PRECISION',
    },
    rules: ['PRIMARY KEY (series_id, started_ms, run_id)'],
  },
};

const names = Object.keys(tables) as readonly TableName[];

export const createTables: readonly string[] = [
  ...names.map((name) => {
    const { columns, rules = [] } = tables[name];
    const parts = [...Object.entries(columns).map(([column, is]) => `${column} ${is}`), ...rules];
    return `CREATE TABLE ${name} (${parts.join(', ')})`;
  }),
  'CREATE INDEX figures_of_run ON figures (run_id)',
];

/** Those that refer to others go first. */
export const dropTables: readonly string[] = names.toReversed().map((name) => `DROP TABLE IF EXISTS ${name}`);

/** Whether the columns that a database has are all that a table needs. */
export function hasColumns(table: TableName, found: readonly SqlRow[]): boolean {
  const there = new Set(found.map(({ name }) => name));
  return columnsOf(table).every(({ name }) => there.has(name));
}

export interface Column {
  readonly name: string;
  readonly type: 'TEXT' | 'INTEGER' | 'DOUBLE PRECISION';
}

export function columnsOf(table: TableName): readonly Column[] {
  return Object.entries(tables[table].columns).map(([name, is]) => {
    const type = /^(TEXT|INTEGER|DOUBLE PRECISION)\b/.exec(is)?.[1] as Column['type'] | undefined;
    if (type === undefined) throw new Error(`${table}.${name} has no type`);
    return { name, type };
  });
}
